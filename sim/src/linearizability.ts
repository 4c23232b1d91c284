/**
 * Decides whether what clients saw of one key can be explained by operations that take effect
 * one by one, each between its request and its answer.
 *
 * Wing and Gong's search ("Testing and verifying concurrent objects", 1993) with Lowe's
 * memoisation ("Testing for linearizability", 2017), as in Porcupine. Keys are independent
 * objects, and linearizability is local (Herlihy and Wing 1990, theorem 1), so each key is
 * searched alone. Operations without an answer may take effect at any time after their request,
 * or never; fillers.ts says how they are used.
 *
 * Two facts keep the search short without hiding anything: values are unique, so whoever saw one
 * says where its write belongs; and answered writes carry revisions, which rise in the order of
 * effects.
 */
import { assert } from "@caucus/base";
import { seenRecords, writtenRevision } from "./checkers/client-checker.ts";
import type { Operation } from "./client-history.ts";
import { Fillers } from "./fillers.ts";
import {
  effectOf,
  INITIAL_KEY_STATE,
  type KeyState,
  meets,
  type Need,
  needOf,
  stateText,
  type ValueFacts,
} from "./kv-model.ts";

export type LinearizabilityVerdict =
  | { readonly kind: "linearizable"; readonly tries: number }
  /** `explained` of the answered operations fit into the longest order that was found. */
  | { readonly kind: "not-linearizable"; readonly explained: number; readonly blocked: Operation }
  | { readonly kind: "undecided"; readonly tries: number };

/** Operations tried in one search before it gives up; a failure, since nothing was proved. */
export const TRIES_MAX = 3_000_000;

/** A request or an answer in the list of those that are not yet explained. */
interface ListNode {
  readonly operation: number;
  readonly isAnswer: boolean;
  previous: ListNode | undefined;
  next: ListNode | undefined;
  /** Of a request: its answer. */
  answer: ListNode | undefined;
}

interface Choice {
  readonly request: ListNode | undefined;
  /** Position in the unanswered operations, or -1. */
  readonly unanswered: number;
  /** How many fillers came directly before. */
  readonly filling: number;
  readonly state: KeyState;
}

/** `operations` are those of one key. */
export function checkLinearizable(
  operations: readonly Operation[],
  triesMax: number = TRIES_MAX,
): LinearizabilityVerdict {
  return new Search(operations).run(triesMax);
}

class Search {
  readonly #operations: readonly Operation[];
  /** Never answered, and no fillers. */
  readonly #unanswered: readonly number[];
  /** By position in the unanswered: the one before it that differs in nothing, or -1. */
  readonly #twins: readonly number[];
  readonly #fillers = new Fillers();
  readonly #head: ListNode;
  readonly #taken: TakenSet;
  readonly #visited = new Set<string>();
  readonly #choices: Choice[] = [];
  readonly #facts: ReadonlyMap<string, ValueFacts>;
  /** Writes whose revision is known take effect in its order: the place of each, if it has one. */
  readonly #ranks: readonly (number | undefined)[];
  /** How many of the ranked ones are placed. */
  #ranked = 0;
  #state = INITIAL_KEY_STATE;
  #left: number;
  #tries = 0;
  #fewestLeft: number;
  #blocked: Operation | undefined;

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
    this.#facts = factsOf(operations);
    this.#ranks = ranksOf(operations, this.#facts);
    const answered: number[] = [];
    const unanswered: number[] = [];
    operations.forEach(({ input, output, invoked }, index) => {
      if (output !== undefined) answered.push(index);
      else if (isFiller(input, this.#facts)) this.#fillers.add(invoked);
      else if (input.kind !== "get") unanswered.push(index);
    });
    this.#unanswered = unanswered;
    this.#twins = twinsOf(operations, unanswered, this.#facts);
    this.#left = answered.length;
    this.#fewestLeft = answered.length + 1;
    this.#taken = new TakenSet(operations.length);
    this.#head = linkedList(operations, answered);
  }

  run(triesMax: number): LinearizabilityVerdict {
    let node = this.#head.next;
    let unanswered = -1;
    while (this.#left > 0) {
      if (this.#tries > triesMax) return { kind: "undecided", tries: this.#tries };
      assert(node !== undefined, "an answered operation is left but not in the list");
      if (!node.isAnswer) {
        node = this.#take(node) ? this.#head.next : node.next;
        continue;
      }
      // Everything answered that may come first was tried; now what was never answered.
      unanswered = this.#takeUnanswered(unanswered + 1);
      if (unanswered >= 0) {
        node = this.#head.next;
        unanswered = -1;
        continue;
      }
      this.#noteBlocked(node);
      const choice = this.#choices.pop();
      if (choice === undefined) return this.#verdictOfFailure();
      this.#undo(choice);
      unanswered = choice.unanswered;
      node = choice.request === undefined ? this.#firstAnswer() : choice.request.next;
    }
    return { kind: "linearizable", tries: this.#tries };
  }

  #take(node: ListNode): boolean {
    if (!this.#advance(node.operation, node, -1)) return false;
    this.#left--;
    unlink(node);
    unlink(node.answer as ListNode);
    return true;
  }

  /** Tries the unanswered operations from position `from` on; the position taken, or -1. */
  #takeUnanswered(from: number): number {
    const deadline = this.#deadline();
    for (let at = from; at < this.#unanswered.length; at++) {
      const index = this.#unanswered[at] as number;
      if ((this.#operations[index] as Operation).invoked > deadline) return -1;
      const twin = this.#twins[at] as number;
      const isTwinLeft = twin >= 0 && !this.#taken.has(this.#unanswered[twin] as number);
      if (isTwinLeft || this.#taken.has(index)) continue;
      if (this.#advance(index, undefined, at)) return at;
    }
    return -1;
  }

  #advance(index: number, request: ListNode | undefined, unanswered: number): boolean {
    this.#tries++;
    const rank = this.#ranks[index];
    if (rank !== undefined && rank !== this.#ranked) return false;
    const { input, output } = this.#operations[index] as Operation;
    const facts = this.#factsOf(input);
    const before = this.#state;
    const need = needOf(input, output, facts);
    // A deletion that finds nothing changes nothing: it need not be placed.
    if (output === undefined && input.kind === "delete" && before.version === 0) return false;
    let filling: number | undefined = 0;
    let met = before;
    if (!meets(before, need)) {
      filling = this.#fillers.fill(before, need, this.#deadline());
      if (filling === undefined) return false;
      met = filled(before, need);
    }
    const next = effectOf(met, input, output, facts);
    if (next === undefined || !this.#isNew(index, next)) {
      this.#fillers.giveBack(filling);
      return false;
    }
    this.#choices.push({ request, unanswered, filling, state: before });
    if (rank !== undefined) this.#ranked++;
    this.#state = next;
    return true;
  }

  /** Adds the operation to the taken ones unless the search has been there before. */
  #isNew(index: number, next: KeyState): boolean {
    this.#taken.add(index);
    const place = `${stateText(next)}#${this.#taken.text()}#${this.#fillers.used}`;
    if (this.#visited.has(place)) {
      this.#taken.remove(index);
      return false;
    }
    this.#visited.add(place);
    return true;
  }

  #undo(choice: Choice): void {
    this.#state = choice.state;
    this.#fillers.giveBack(choice.filling);
    const index = choice.request?.operation ?? (this.#unanswered[choice.unanswered] as number);
    this.#taken.remove(index);
    if (this.#ranks[index] !== undefined) this.#ranked--;
    if (choice.request === undefined) return;
    this.#left++;
    relink(choice.request.answer as ListNode);
    relink(choice.request);
  }

  #factsOf(input: Operation["input"]): ValueFacts | undefined {
    return "value" in input ? this.#facts.get(input.value) : undefined;
  }

  /** Whatever is placed next takes effect before the first answer that is left. */
  #deadline(): number {
    const first = this.#firstAnswer();
    if (first === undefined) return Number.POSITIVE_INFINITY;
    return (this.#operations[first.operation] as Operation).returned;
  }

  #firstAnswer(): ListNode | undefined {
    let node = this.#head.next;
    while (node !== undefined && !node.isAnswer) node = node.next;
    return node;
  }

  #noteBlocked(node: ListNode): void {
    if (this.#left >= this.#fewestLeft) return;
    this.#fewestLeft = this.#left;
    this.#blocked = this.#operations[node.operation];
  }

  #verdictOfFailure(): LinearizabilityVerdict {
    const answered = this.#operations.filter((operation) => operation.output !== undefined).length;
    return {
      kind: "not-linearizable",
      explained: answered - this.#fewestLeft,
      blocked: this.#blocked as Operation,
    };
  }
}

/** What any answer tells of a value. */
function factsOf(operations: readonly Operation[]): ReadonlyMap<string, ValueFacts> {
  const facts = new Map<string, ValueFacts>();
  for (const operation of operations) {
    for (const { value, version, modRevision } of seenRecords(operation)) {
      if (value !== undefined) facts.set(value, { version, modRevision });
    }
  }
  return facts;
}

function ranksOf(
  operations: readonly Operation[],
  facts: ReadonlyMap<string, ValueFacts>,
): readonly (number | undefined)[] {
  const known = operations.flatMap((operation, index) => {
    const { input } = operation;
    const seen = "value" in input ? facts.get(input.value)?.modRevision : undefined;
    const revision = writtenRevision(operation) ?? seen;
    return revision === undefined ? [] : [{ index, revision }];
  });
  known.sort((a, b) => a.revision - b.revision);
  const ranks = new Array<number | undefined>(operations.length).fill(undefined);
  known.forEach(({ index }, rank) => {
    ranks[index] = rank;
  });
  return ranks;
}

function isFiller(input: Operation["input"], facts: ReadonlyMap<string, ValueFacts>): boolean {
  return (input.kind === "put" || input.kind === "get-and-set") && !facts.has(input.value);
}

/** Deletions, and writes whose value nobody saw, are alike: the earlier request is used first. */
function twinsOf(
  operations: readonly Operation[],
  unanswered: readonly number[],
  facts: ReadonlyMap<string, ValueFacts>,
): readonly number[] {
  const latest = new Map<string, number>();
  return unanswered.map((index, at) => {
    const { input } = operations[index] as Operation;
    if ("value" in input && facts.has(input.value)) return -1;
    const expected = input.kind === "compare-and-set" ? input.expectedVersion : "";
    const kind = `${input.kind} ${expected}`;
    const twin = latest.get(kind) ?? -1;
    latest.set(kind, at);
    return twin;
  });
}

/** The state that fillers have made of `state`; nobody knows its value. */
function filled(state: KeyState, need: Need): KeyState {
  const version = need.kind === "version" ? need.version : 1;
  return { value: undefined, version, revision: state.revision };
}

/** Requests and answers of the answered operations, in the order in which they happened. */
function linkedList(operations: readonly Operation[], answered: readonly number[]): ListNode {
  const timed: { readonly at: number; readonly node: ListNode }[] = [];
  for (const index of answered) {
    const operation = operations[index] as Operation;
    const answer = listNode(index, true, undefined);
    timed.push({ at: operation.invoked, node: listNode(index, false, answer) });
    timed.push({ at: operation.returned, node: answer });
  }
  timed.sort((a, b) => a.at - b.at);
  const head = listNode(-1, false, undefined);
  let last = head;
  for (const { node } of timed) {
    last.next = node;
    node.previous = last;
    last = node;
  }
  return head;
}

function listNode(operation: number, isAnswer: boolean, answer: ListNode | undefined): ListNode {
  return { operation, isAnswer, previous: undefined, next: undefined, answer };
}

function unlink(node: ListNode): void {
  (node.previous as ListNode).next = node.next;
  if (node.next !== undefined) node.next.previous = node.previous;
}

/** Undoes {@link unlink}; the last one taken out must be the first one back. */
function relink(node: ListNode): void {
  (node.previous as ListNode).next = node;
  if (node.next !== undefined) node.next.previous = node;
}

/** The operations placed so far. Nearly a prefix, so its text is the first gap and what follows. */
class TakenSet {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array((size >>> 5) + 1);
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5] as number) & (1 << (index & 31))) !== 0;
  }

  add(index: number): void {
    this.#words[index >>> 5] = (this.#words[index >>> 5] as number) | (1 << (index & 31));
  }

  remove(index: number): void {
    this.#words[index >>> 5] = (this.#words[index >>> 5] as number) & ~(1 << (index & 31));
  }

  text(): string {
    const words = this.#words;
    let from = 0;
    while (from < words.length && words[from] === 0xffffffff) from++;
    let to = words.length;
    while (to > from && words[to - 1] === 0) to--;
    let text = `${from}`;
    for (let at = from; at < to; at++) text += `,${(words[at] as number).toString(36)}`;
    return text;
  }
}
