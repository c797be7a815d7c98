import { CARD_CODE_USED, PRESS_TOO_OLD } from "@wecom-push/protocol/delivery"
import { useridKey } from "@wecom-push/protocol"
import type { CardUpdateReply, Dispatcher } from "../../model/ports/dispatcher.ts"
import { isOfOtherApp } from "../../model/of-other-app.ts"
import type { CallView, MessageReader } from "../../model/ports/reader.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import { CodeBook } from "./code-book.ts"
import type { CodeBookDeps, UsableCode } from "./code-book.ts"
import { callsOfMembers } from "./calls-of-members.ts"

export interface CardDeps extends CodeBookDeps {
  readonly reader: Pick<MessageReader, "calls" | "recipients">
  readonly dispatcher: Pick<Dispatcher, "updateCard">
  readonly log: OperatorLog
}

interface CardSender {
  readonly app: string
  readonly agentId: number
  /** The kind of the calls that it sends. Calls of another kind come from an app that had the name before. */
  readonly callKind: string
}

export interface CardChange {
  readonly messageId: string
  /** The message's app; undefined: it was removed, and its cards stay as they are. */
  readonly own: CardSender | undefined
  /** The same as in the call kind. */
  readonly pressSeconds?: number | undefined
  /**
   * The checked fields of `update_template_card`, without `agentid` and `response_code`. If it has no targets, it is for
   * everybody.
   */
  readonly body: Readonly<Record<string, unknown>>
  /** The app that `else` names in a robot's message: its cards change by the codes of its calls. */
  readonly otherwise?: CardSender | undefined
}

/** A change of the cards that one app has sent. */
interface ChangeOfSender extends Omit<CardChange, "own" | "otherwise"> {
  readonly sender: CardSender
}

export type CardChanged =
  | { readonly kind: "asked"; readonly requests: readonly CardRequestOutcome[] }
  /** No part of the message is a card on a phone that could be changed. */
  | { readonly kind: "no_card" }
  /** WeCom takes a code for 72 hours, and a smart robot's code for 5 s. */
  | { readonly kind: "card_expired" }
  /** All codes are used. `userids`: the named members who have no code. */
  | { readonly kind: "card_not_updatable"; readonly userids: readonly string[] }

/** The outcome of one request to WeCom, or why there was none. */
export interface CardRequestOutcome {
  /**
   * Undefined for members who are not among the message's recipients, and for members of a robot whose card was not pressed.
   */
  readonly call: number | undefined
  /** What the code belonged to; undefined if no code was left. */
  readonly code: UsableCode["of"] | undefined
  /** The members that the request named; undefined if it named none. */
  readonly userids: readonly string[] | undefined
  readonly result: CardUpdateReply["kind"] | "no_code" | "not_a_recipient"
  readonly errcode: number | undefined
  readonly errmsg: string | undefined
  /** These members kept the card they had. Lower case, as WeCom writes them. */
  readonly invalidUsers: readonly string[]
}

/** The result for the cards that one app has sent, and every request, including those for which there was no code. */
interface PartChanged {
  readonly changed: CardChanged
  readonly requests: readonly CardRequestOutcome[]
}

/** One request to be made: one code can be used for one request, and for the cards of one call. */
interface Wish {
  readonly call: number
  readonly userids: readonly string[] | undefined
  /** Other targets to ask for. */
  readonly others: Readonly<Record<string, unknown>>
  readonly takeCode: () => UsableCode | undefined
}

/**
 * Changes cards that are on phones. For a named member it uses the code of the member's own newest press, for everybody else
 * the code of the call that carried the card. Once that code is used, a change for all members of a call uses the code of
 * any press.
 */
export class CardChanger {
  readonly #deps: CardDeps
  /** The latest change of each message: of two changes at once, the second finds only the codes that the first has left. */
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor(deps: CardDeps) {
    this.#deps = deps
  }

  async change(change: CardChange): Promise<CardChanged> {
    const before = this.#underWay.get(change.messageId)
    const mine = (async () => {
      await before?.catch(() => undefined)
      return this.#change(change)
    })()
    this.#underWay.set(change.messageId, mine)
    try {
      return await mine
    } finally {
      if (this.#underWay.get(change.messageId) === mine) this.#underWay.delete(change.messageId)
    }
  }

  async #change(change: CardChange): Promise<CardChanged> {
    const { own, otherwise, ...wish } = change
    const { messageId, body } = wish
    if (otherwise === undefined) return (await this.#changeOwn(wish, own)).changed
    const ofOther = { ...wish, sender: otherwise, pressSeconds: undefined }
    const book = await this.#read(ofOther, ({ kind }) => isOfOtherApp(kind))
    const named = distinct(body["userids"])
    const places = await callsOfMembers(this.#deps.reader, messageId, named, book.calls)
    const others = [...places.byCall.values()].flat()
    const asks = (userids: readonly string[]): boolean => userids.length > 0 || named.length === 0
    const naming = (userids: readonly string[]): object => (userids.length === 0 ? {} : { body: { ...body, userids } })
    const parts: PartChanged[] = []
    const rest = named.filter((userid) => !others.includes(userid))
    if (asks(rest)) parts.push(await this.#changeOwn({ ...wish, ...naming(rest) }, own, isOwn))
    if (asks(others)) parts.push(await this.#changeBy({ ...ofOther, ...naming(others) }, book))
    const changed = together(parts)
    if (changed.kind !== "asked") return changed
    const told = new Set(changed.requests.flatMap(({ userids = [] }) => userids))
    const untold = named.filter((userid) => !told.has(userid))
    if (untold.length === 0) return changed
    return { kind: "asked", requests: [...changed.requests, ...(await this.#unasked(messageId, untold))] }
  }

  /**
   * The results for members whose cards could not be changed, for example because the robot's card was not pressed or the
   * robot was removed.
   */
  async #unasked(messageId: string, userids: readonly string[]): Promise<CardRequestOutcome[]> {
    const strangers = new Map(userids.map((userid) => [useridKey(userid), userid]))
    let cursor: string | undefined
    do {
      const page = { messageId, limit: 1000, ...(cursor === undefined ? {} : { cursor }) }
      const { items, nextCursor } = await this.#deps.reader.recipients(page)
      for (const { userid } of items) if (userid !== undefined) strangers.delete(useridKey(userid))
      cursor = strangers.size === 0 ? undefined : nextCursor
    } while (cursor !== undefined)
    const others = [...strangers.values()]
    const recipients = userids.filter((userid) => !others.includes(userid))
    return [
      ...(recipients.length === 0 ? [] : [unasked(undefined, recipients, "no_code")]),
      ...(others.length === 0 ? [] : [unasked(undefined, others, "not_a_recipient")]),
    ]
  }

  async #changeOwn(
    wish: Omit<ChangeOfSender, "sender">,
    own: CardSender | undefined,
    isOf?: (call: CallView) => boolean,
  ): Promise<PartChanged> {
    if (own === undefined) return { changed: { kind: "no_card" }, requests: [] }
    const ofOwn = { ...wish, sender: own }
    return this.#changeBy(ofOwn, await this.#read(ofOwn, isOf))
  }

  #read(
    { messageId, pressSeconds, sender }: ChangeOfSender,
    isOf: (call: CallView) => boolean = () => true,
  ): Promise<CodeBook> {
    return CodeBook.read(this.#deps, messageId, {
      pressSeconds,
      isOf: (call) => call.kind === sender.callKind && isOf(call),
    })
  }

  async #changeBy(change: ChangeOfSender, book: CodeBook): Promise<PartChanged> {
    const { pressSeconds } = change
    const isByPress = pressSeconds !== undefined
    if (book.calls.length === 0) {
      return { changed: isByPress ? { kind: "card_not_updatable", userids: [] } : { kind: "no_card" }, requests: [] }
    }
    const { wishes, strangers } = isByPress ? wishesByPress(change, book) : await this.#wishesOf(change, book)
    const requests: CardRequestOutcome[] = []
    for (let from = 0; from < wishes.length; from += AT_A_TIME) {
      const slice = wishes.slice(from, from + AT_A_TIME)
      requests.push(...(await Promise.all(slice.map((wish) => this.#grant(change, book, wish)))))
    }
    if (strangers.length > 0) requests.push(unasked(undefined, strangers, "not_a_recipient"))
    return { changed: changedBy(requests, book), requests }
  }

  async #wishesOf(
    { messageId, body }: ChangeOfSender,
    book: CodeBook,
  ): Promise<{ wishes: Wish[]; strangers: string[] }> {
    const named = distinct(body["userids"])
    const others = Object.fromEntries(OTHER_TARGETS.flatMap((name) => (name in body ? [[name, body[name]]] : [])))
    const isForOthers = named.length === 0 || Object.values(others).some(isSomebody)
    const pressed = named.flatMap((userid) => {
      const call = book.pressedIn(userid)
      return call === undefined ? [] : [{ userid, call }]
    })
    const byPress = pressed.map(({ userid, call }): Wish => ({
      call,
      userids: [userid],
      others: {},
      takeCode: () => book.takeOfClick(call, userid) ?? book.takeOfCall(call),
    }))
    const known = new Set(pressed.map(({ userid }) => userid))
    const rest = named.filter((userid) => !known.has(userid))
    const { byCall, strangers } = await this.#placesOf(messageId, rest, book)
    const wishes = book.calls.flatMap(({ number: call }): Wish[] => {
      const userids = byCall.get(call) ?? []
      if (userids.length === 0 && !isForOthers) return []
      const everybody = named.length === 0 && Object.keys(others).length === 0 ? { atall: 1 } : others
      return [
        {
          call,
          userids: userids.length === 0 ? undefined : userids,
          others: everybody,
          takeCode: () => book.takeOfCall(call) ?? (isForOthers ? book.takeOfClick(call) : undefined),
        },
      ]
    })
    return { wishes: [...byPress, ...wishes], strangers }
  }

  /** Finds the call in which each of these members got the card. */
  async #placesOf(messageId: string, userids: readonly string[], { calls }: CodeBook) {
    const [only, another] = calls
    // WeCom knows best whether they are recipients: it knows the members of departments.
    if (only !== undefined && another === undefined) {
      return { byCall: new Map([[only.number, userids]]), strangers: [] }
    }
    return callsOfMembers(this.#deps.reader, messageId, userids, calls)
  }

  async #grant(
    change: ChangeOfSender,
    book: CodeBook,
    { call, userids, others, takeCode }: Wish,
  ): Promise<CardRequestOutcome> {
    let refused: CardRequestOutcome | undefined
    for (let code = takeCode(); code !== undefined; code = takeCode()) {
      const reply = await this.#ask(change, code, { ...(userids === undefined ? {} : { userids }), ...others })
      const outcome = { call, code: code.of, userids, ...toldBy(reply) }
      if (reply.kind !== "refused" || reply.errcode !== CARD_CODE_USED) {
        if (reply.kind === "updated") await this.#spend(book, code)
        else book.putBack(code)
        return outcome
      }
      await this.#spend(book, code)
      refused = outcome
    }
    return refused ?? unasked(call, userids, "no_code")
  }

  #ask({ sender, body }: ChangeOfSender, { code }: UsableCode, targets: object): Promise<CardUpdateReply> {
    const content = Object.fromEntries(Object.entries(body).filter(([name]) => !ALL_TARGETS.has(name)))
    const request = { ...targets, agentid: sender.agentId, response_code: code, ...content }
    return this.#deps.dispatcher.updateCard(sender.app, JSON.stringify(request))
  }

  /** If a code is not noted as used, WeCom reports that the next time. */
  async #spend(book: CodeBook, code: UsableCode): Promise<void> {
    try {
      await book.spend(code)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#deps.log.warn({ code: error.code }, "could not store that a card's code was used")
    }
  }
}

function changedBy(requests: readonly CardRequestOutcome[], { hasExpired }: CodeBook): CardChanged {
  // WeCom's clock decides, and the code may have expired on the way to WeCom.
  if (requests.length > 0 && requests.every(({ errcode }) => errcode === PRESS_TOO_OLD)) return { kind: "card_expired" }
  if (requests.some(({ code }) => code !== undefined)) return { kind: "asked", requests }
  const userids = requests.flatMap(({ userids = [] }) => userids)
  return userids.length === 0 && hasExpired ? { kind: "card_expired" } : { kind: "card_not_updatable", userids }
}

/** The result for a message that two apps have sent: the results of both if either was asked, otherwise why neither was. */
function together(parts: readonly PartChanged[]): CardChanged {
  const results = parts.map(({ changed }) => changed)
  if (results.some(({ kind }) => kind === "asked")) {
    return { kind: "asked", requests: parts.flatMap(({ requests }) => requests) }
  }
  return results.find(({ kind }) => kind !== "no_card") ?? { kind: "no_card" }
}

/**
 * A smart robot's card is changed by the newest press of any member of its conversation, for all members there or for the
 * named ones.
 */
function wishesByPress({ body }: ChangeOfSender, book: CodeBook): { wishes: Wish[]; strangers: string[] } {
  const named = distinct(body["userids"])
  const userids = named.length === 0 ? undefined : named
  const wishes = book.pressed.map(({ number: call }): Wish => ({
    call,
    userids,
    others: {},
    takeCode: () => book.takeOfClick(call),
  }))
  return { wishes, strangers: [] }
}

/** Whether the message's own app made the call. */
const isOwn = ({ kind }: CallView): boolean => !isOfOtherApp(kind)

/** How many requests to WeCom run at a time. */
const AT_A_TIME = 10

const OTHER_TARGETS = ["partyids", "tagids", "atall"] as const
const ALL_TARGETS: ReadonlySet<string> = new Set(["userids", ...OTHER_TARGETS])

const isSomebody = (target: unknown): boolean => (Array.isArray(target) ? target.length > 0 : target === 1)

function distinct(userids: unknown): readonly string[] {
  const byKey = new Map<string, string>()
  for (const userid of Array.isArray(userids) ? userids : []) {
    if (typeof userid === "string" && !byKey.has(useridKey(userid))) byKey.set(useridKey(userid), userid)
  }
  return [...byKey.values()]
}

function toldBy(reply: CardUpdateReply): Pick<CardRequestOutcome, "result" | "errcode" | "errmsg" | "invalidUsers"> {
  return {
    result: reply.kind,
    errcode: reply.kind === "refused" ? reply.errcode : undefined,
    errmsg: reply.kind === "refused" || reply.kind === "unreachable" ? reply.errmsg : undefined,
    invalidUsers: reply.kind === "updated" ? reply.invalidUsers : [],
  }
}

function unasked(
  call: number | undefined,
  userids: readonly string[] | undefined,
  result: "no_code" | "not_a_recipient",
): CardRequestOutcome {
  return { call, code: undefined, userids, result, errcode: undefined, errmsg: undefined, invalidUsers: [] }
}
