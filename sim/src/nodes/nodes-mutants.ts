/** Mistakes in how nodes come together, each as small as it could be made. */
import type { Mutant, Patch } from "../mutants/mutant.ts";

const node = (file: string, find: string, replace: string): Patch => ({
  file: `node/dist/src/${file}.js`,
  find,
  replace,
});

const mutant = (name: string, ...patches: readonly Patch[]): Mutant => ({ name, patches });

const PROMISES: readonly Mutant[] = [
  mutant(
    "bootstrap promise not exclusive",
    node(
      "bootstrap/promises",
      "if (standing === undefined || standing.asker === request.asker)",
      "if (true)",
    ),
  ),
  mutant(
    "promise given before it is on disk",
    node(
      "bootstrap/promises",
      'await writeIntention(identity, { kind: "promise", promise: request });',
      'void writeIntention(identity, { kind: "promise", promise: request });',
    ),
  ),
  mutant(
    "promise withdrawn by anybody",
    node(
      "bootstrap/promises",
      "if (promise.asker !== asker || promise.cluster !== cluster)\n                return;",
      "",
    ),
    node(
      "bootstrap/bootstrap",
      "if (sighted?.cluster !== undefined) {",
      "if (sighted === undefined) {",
    ),
  ),
  mutant(
    "cluster created without the promise of the silent",
    node("bootstrap/bootstrap", "else if (silent.length > 0) {", "else if (false) {"),
  ),
  mutant(
    "joined once more after the invitation",
    node(
      "bootstrap/promises",
      "if (this.cluster !== undefined || this.current !== undefined)",
      "if (this.current !== undefined)",
    ),
  ),
];

const CHANGES: readonly Mutant[] = [
  mutant(
    "judged configuration not named",
    node("membership/membership-changes", "        expectedConfigurationIndex,\n    };", "    };"),
  ),
  mutant(
    "two changes at once",
    node(
      "membership/leadership",
      "settled: status.hasCommittedInTerm && status.configurationCommitted && !status.transferring",
      "settled: true",
    ),
  ),
  mutant(
    "voters changed before they have settled",
    node(
      "membership/voter-judge",
      "if (view.votersSinceMs < limits.settleMs)\n        return undefined;",
      "",
    ),
  ),
  mutant("even number of voters", node("membership/voter-judge", "voters % 2 === 0 ? 1 : 2", "1")),
  mutant(
    "more than five voters",
    node("membership/voter-judge", "if (voters + missing > VOTERS_MAX)", "if (false)"),
  ),
  mutant(
    "quorum that does not answer",
    node(
      "membership/voter-judge",
      "return answering.length > voters.length / 2;",
      "return answering.length >= 0;",
    ),
    node(
      "membership/voter-judge",
      "peer?.replicating === true &&\n        peer.silentMs < limits.reachableMs &&",
      "",
    ),
  ),
];

const SILENCE: readonly Mutant[] = [
  mutant(
    "gossip believed alone",
    node(
      "membership/voter-judge",
      "Math.min(peer.silentMs, peer.gossipSilentMs)",
      "peer.gossipSilentMs",
    ),
  ),
  mutant(
    "raft believed alone",
    node("membership/voter-judge", "Math.min(peer.silentMs, peer.gossipSilentMs)", "peer.silentMs"),
  ),
  mutant(
    "stand-in takes the place of a living voter",
    node(
      "membership/voter-judge",
      "if (replaced === undefined || silentMs(view, replaced.key) < limits.reachableMs)",
      "if (replaced === undefined)",
    ),
    node("membership/join-office", "if (living !== undefined) {", "if (false) {"),
    node("membership/join-judge", "silentMs >= limits.replaceAfterMs", "true"),
  ),
  mutant(
    "the dead are not replaced",
    node("membership/voter-judge", " ?? judgeDead(view, limits)", ""),
  ),
];

const OPERATORS: readonly Mutant[] = [
  mutant(
    "removed label taken back",
    node("membership/join-judge", "if (isHeld || !policy.paused.includes(label))", "if (true)"),
  ),
  mutant(
    "learner that does not answer made a voter",
    node(
      "membership/operator-changes",
      "if (!isVoter(configuration, member.key))\n                await this.#inTouch(member);",
      "",
    ),
  ),
  mutant(
    "an operator's wait outlives the node",
    node("membership/operator-changes", "if (isStopping())", "if (false)"),
  ),
];

export const NODES_MUTANTS: readonly Mutant[] = [...PROMISES, ...CHANGES, ...SILENCE, ...OPERATORS];
