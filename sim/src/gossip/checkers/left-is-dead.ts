import { LEFT_KEY } from "@caucus/chitchat";
import type { Report } from "../../checkers/checker.ts";
import { visible } from "../node-view.ts";
import { type GossipChecker, nameOf } from "./gossip-checker.ts";

/** Whoever holds another node's farewell does not count it as live, whatever heartbeats come (G6). */
export function leftIsDead(report: Report): GossipChecker {
  return {
    stepped(process) {
      for (const id of process.live) {
        if (id === process.idKey || visible(process.views.get(id), LEFT_KEY) === undefined)
          continue;
        report(`node ${process.label} counts ${nameOf(id)} as live, which has left`);
      }
    },
  };
}
