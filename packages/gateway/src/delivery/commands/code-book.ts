import { RESPONSE_CODE_LIFETIME_SECONDS, useridKey } from "@wecom-push/protocol"
import type { CallbackStore, CardCode } from "../../model/ports/callbacks.ts"
import type { CallView, MessageReader } from "../../model/ports/reader.ts"

export interface CodeBookDeps {
  readonly reader: Pick<MessageReader, "calls">
  readonly callbacks: Pick<CallbackStore, "cardCodes" | "spend">
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A code that WeCom probably accepts. It is not certain: WeCom has another clock, and others may have used the code. */
export interface UsableCode {
  readonly code: string
  readonly call: number
  /** The source of the code. */
  readonly of: "message" | "click"
}

/** The codes by which the cards of one message can be changed: those of its calls, and those of presses. */
export class CodeBook {
  /** Calls that put a card on a phone, by number. Some have no code of their own: the answer with it was lost. */
  readonly calls: readonly CallView[]
  readonly #messageId: string
  readonly #deps: CodeBookDeps
  /** Newest first. */
  readonly #clicks: readonly CardCode[]
  readonly #gone: Set<string>
  readonly #oldestPress: number

  private constructor(
    deps: CodeBookDeps,
    read: {
      messageId: string
      calls: readonly CallView[]
      codes: readonly CardCode[]
      pressSeconds: number | undefined
    },
  ) {
    this.#deps = deps
    this.#messageId = read.messageId
    this.calls = read.calls
    this.#clicks = read.codes.filter(({ userid, call }) => userid !== undefined && read.calls.some(isCall(call)))
    const { pressSeconds } = read
    this.#oldestPress = pressSeconds === undefined ? oldestOf(deps) : deps.now() - pressSeconds * 1000
    this.#gone = new Set(read.codes.flatMap(({ code, spentAt }) => (spentAt === undefined ? [] : [code])))
  }

  /** Reads only the calls that were not recalled. @param of `pressSeconds` as in the call kind; `isOf`: which calls */
  static async read(
    deps: CodeBookDeps,
    messageId: string,
    of: {
      readonly pressSeconds?: number | undefined
      readonly isOf?: ((call: CallView) => boolean) | undefined
    } = {},
  ): Promise<CodeBook> {
    const { pressSeconds, isOf: isWanted = () => true } = of
    const codes = await deps.callbacks.cardCodes(messageId, { since: oldestOf(deps) })
    const pressed = new Set(codes.map(({ call }) => call))
    const calls = (await allCalls(deps.reader, messageId)).filter((call) => isWanted(call))
    const withCard = calls.filter(({ responseCode, number }) => responseCode !== undefined || pressed.has(number))
    return new CodeBook(deps, {
      messageId,
      calls: withCard.filter(({ recalledAt }) => recalledAt === undefined),
      codes,
      pressSeconds,
    })
  }

  /** Calls with a press whose code is still valid. */
  get pressed(): readonly CallView[] {
    return this.calls.filter(({ number }) =>
      this.#clicks.some((click) => click.call === number && click.at > this.#oldestPress),
    )
  }

  /** Whether a code of a call or a press is too old by now. */
  get hasExpired(): boolean {
    const oldest = oldestOf(this.#deps)
    if (this.#clicks.some(({ at, code }) => at <= this.#oldestPress && !this.#gone.has(code))) return true
    return this.calls.some(({ responseCode, finishedAt = 0 }) => responseCode !== undefined && finishedAt <= oldest)
  }

  /** The call in which this person pressed the card last, if the press has a code that is still valid. */
  pressedIn(userid: string): number | undefined {
    return this.#clicks.find(
      (click) => click.at > this.#oldestPress && isOf(click, userid) && !this.#gone.has(click.code),
    )?.call
  }

  /** Takes the code out, so that no other change uses it meanwhile. */
  takeOfCall(call: number): UsableCode | undefined {
    const { responseCode, finishedAt = 0 } = this.calls.find(isCall(call)) ?? {}
    if (responseCode === undefined || finishedAt <= oldestOf(this.#deps)) return undefined
    return this.#take({ code: responseCode, call, of: "message" })
  }

  /** @param userid whose press to use; absent: any member's */
  takeOfClick(call: number, userid?: string): UsableCode | undefined {
    for (const click of this.#clicks) {
      if (click.at <= this.#oldestPress) break
      if (click.call !== call || (userid !== undefined && !isOf(click, userid))) continue
      const taken = this.#take({ code: click.code, call, of: "click" })
      if (taken !== undefined) return taken
    }
    return undefined
  }

  /** Called when WeCom has not used the code, as far as is known. */
  putBack({ code }: UsableCode): void {
    this.#gone.delete(code)
  }

  async spend({ code, call }: UsableCode): Promise<void> {
    await this.#deps.callbacks.spend({ messageId: this.#messageId, call, code, at: this.#deps.now() })
  }

  #take(usable: UsableCode): UsableCode | undefined {
    if (this.#gone.has(usable.code)) return undefined
    this.#gone.add(usable.code)
    return usable
  }
}

const isCall =
  (number: number) =>
  (call: CallView): boolean =>
    call.number === number

const isOf = (click: CardCode, userid: string): boolean =>
  click.userid !== undefined && useridKey(click.userid) === useridKey(userid)

const oldestOf = ({ now }: CodeBookDeps): number => now() - RESPONSE_CODE_LIFETIME_SECONDS * 1000

async function allCalls(reader: CodeBookDeps["reader"], messageId: string): Promise<readonly CallView[]> {
  const calls: CallView[] = []
  let cursor: string | undefined
  do {
    const page = await reader.calls({ messageId, limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    calls.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return calls
}
