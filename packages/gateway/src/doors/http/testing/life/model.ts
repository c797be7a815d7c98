/** The fault that the first try of a message's next call meets. */
export type PlannedAnswer = "answered" | "answer_lost" | "lost_on_the_way" | "busy" | "refused"
export type WecomStanding = "fine" | "blocked" | "down"

export interface ModelRow {
  readonly type: "user" | "mobile"
  readonly address: string
  /** The userid that a call names; null where WeCom knows none. */
  readonly named: string | null
  state: string
  /** The number is looked up again: its remembered result does not count. */
  isAskedAnew: boolean
}

interface Call {
  readonly rows: readonly ModelRow[]
  readonly key: string
  readonly isChecked: boolean
  mayHaveArrived: boolean
  hasArrived: boolean
  firstTryAt: number
  /** When WeCom accepted it; undefined if it has not. */
  acceptedAt: number | undefined
  isRecalled: boolean
}

export interface ModelMessage {
  readonly number: number
  readonly text: string
  readonly rows: readonly ModelRow[]
  readonly acceptedAt: number
  readonly sendAt: number
  expiresAt: number
  /** All calls that were made, including the open one. */
  readonly calls: Call[]
  /** The call that is not final. */
  call: Call | undefined
  id: string
}

type RecallAnswer =
  | { readonly cancelled: number; readonly results: readonly string[] }
  | "nothing_to_recall"
  | "recall_expired"

const NUMBERS: Readonly<Record<string, string>> = { "13800000001": "zhangsan", "13800000003": "WangWu" }
/** All addresses that a message may be for; no member has `ghost` or the last two numbers. */
export const ADDRESSES = [
  ["user", "zhangsan"],
  ["user", "lisi"],
  ["user", "WangWu"],
  ["user", "ghost"],
  ["mobile", "13800000001"],
  ["mobile", "13800000003"],
  ["mobile", "13800000066"],
  ["mobile", "12"],
] as const

const DAY_MS = 86_400_000
/** The window of the duplicate check, 14,400 s, less or plus a margin. */
const REPEATED_FOR_MS = (14_400 - 300) * 1000
const GUARDED_FOR_MS = (14_400 + 300) * 1000

/**
 * The promises of a gateway, without a store, a queue, a clock or a network: the state of each recipient, and how
 * often each phone has shown each text.
 */
export class Model {
  now = 0
  wecom: WecomStanding = "fine"
  isPaused = false
  readonly messages: ModelMessage[] = []
  /** The number of copies, by text and person. */
  readonly copies = new Map<string, number>()
  readonly withdrawn = new Map<string, number>()
  /** Faults planned for the next tries of a text. */
  readonly planned = new Map<string, PlannedAnswer[]>()
  /** Lost answers since the last good one: from the second on, the gateway tries with one call at a time. */
  lostInARow = 0
  /** For each number that no member has: when WeCom said so. */
  readonly #missedAt = new Map<string, number>()
  /** When a body last went out with the duplicate check. */
  readonly #checked = new Map<string, { at: number; readonly by: Call }>()

  get isFine(): boolean {
    return this.wecom === "fine" && !this.isPaused
  }

  post(text: string, addresses: readonly (readonly ["user" | "mobile", string])[], sendInMs: number): ModelMessage {
    const message: ModelMessage = {
      number: this.messages.length + 1,
      text,
      rows: addresses.map(([type, address]) => ({
        type,
        address,
        named: type === "user" ? address : (NUMBERS[address] ?? null),
        state: address === "12" ? "invalid" : "pending",
        isAskedAnew: false,
      })),
      acceptedAt: this.now,
      sendAt: this.now + sendInMs,
      expiresAt: this.now + sendInMs + DAY_MS,
      calls: [],
      call: undefined,
      id: "",
    }
    this.messages.push(message)
    return message
  }

  plan(text: string, answer: PlannedAnswer): void {
    if (answer !== "answered") this.planned.set(text, [...(this.planned.get(text) ?? []), answer])
  }

  isDue(message: ModelMessage): boolean {
    return message.sendAt <= this.now && pendingOf(message).length > 0
  }

  /** Makes one try of a message that is due. */
  attempt(message: ModelMessage): void {
    if (!this.isDue(message)) return
    for (const row of this.isFine ? pendingOf(message) : []) {
      if (row.named !== null) continue
      row.state = "not_found"
      if (!this.#isKnownMiss(row)) this.#missedAt.set(row.address, this.now)
    }
    if (!this.isFine) {
      const asksWeCom = pendingOf(message).some((row) => row.named !== null || !this.#isKnownMiss(row))
      if (this.wecom === "blocked" && asksWeCom) this.isPaused = true
      return
    }
    const rows = pendingOf(message)
    if (rows.length === 0) return
    message.call ??= this.#newCall(message, rows)
    this.#send(message, message.call, this.planned.get(message.text)?.shift() ?? "answered")
  }

  /**
   * While nothing goes out, one message or a few at a time check whether it works again, and so may find out about a number.
   * The gateway decides which ones.
   */
  mayFindOut(message: ModelMessage, row: ModelRow): boolean {
    return !this.isFine && row.state === "pending" && this.isDue(message) && this.#isKnownMiss(row)
  }

  #isKnownMiss({ address, isAskedAnew }: ModelRow): boolean {
    return !isAskedAnew && (this.#missedAt.get(address) ?? -Infinity) > this.now - DAY_MS
  }

  #newCall(message: ModelMessage, rows: readonly ModelRow[]): Call {
    const key = `${message.text} ${namesOf(rows).join("|")}`
    const earlier = this.#checked.get(key)
    const isChecked = earlier === undefined || earlier.at <= this.now - GUARDED_FOR_MS
    const call: Call = {
      rows,
      key,
      isChecked,
      mayHaveArrived: false,
      hasArrived: false,
      firstTryAt: this.now,
      acceptedAt: undefined,
      isRecalled: false,
    }
    message.calls.push(call)
    if (isChecked) this.#checked.set(key, { at: this.now, by: call })
    return call
  }

  #send(message: ModelMessage, call: Call, answer: PlannedAnswer): void {
    if (!call.mayHaveArrived) call.firstTryAt = this.now
    if (answer === "answered" || answer === "answer_lost") this.#show(message.text, call)
    if (answer === "answered") {
      for (const row of call.rows) row.state = row.named === "ghost" ? "invalid" : "sent"
      // With no recipient left it is a refusal. If the first try is refused, another call of the same body is not hidden.
      if (call.rows.some(({ state }) => state === "sent")) call.acceptedAt = this.now
      else if (!call.mayHaveArrived) this.#free(call)
      message.call = undefined
    } else if (answer === "refused") {
      for (const row of call.rows) row.state = "failed"
      this.#free(call)
      message.call = undefined
    } else if (answer !== "busy") {
      call.mayHaveArrived = true
      if (!call.isChecked) this.#leaveInDoubt(message, call)
    }
    this.lostInARow = answer === "answer_lost" || answer === "lost_on_the_way" ? this.lostInARow + 1 : 0
  }

  #show(text: string, call: Call): void {
    if (call.hasArrived) return
    call.hasArrived = true
    for (const person of namesOf(call.rows)) {
      if (person !== "ghost") add(this.copies, `${text} ${person}`)
    }
  }

  #leaveInDoubt(message: ModelMessage, call: Call): void {
    for (const row of call.rows) row.state = "in_doubt"
    message.call = undefined
  }

  #free(call: Call): void {
    if (this.#checked.get(call.key)?.by === call) this.#checked.delete(call.key)
  }

  /** Time has passed, enough for all work that waited for it. */
  pass(): void {
    for (const message of this.messages) {
      const { call } = message
      if (call?.mayHaveArrived === true && call.firstTryAt + REPEATED_FOR_MS <= this.now) {
        this.#leaveInDoubt(message, call)
      }
      if (message.expiresAt <= this.now) this.#expire(message)
      for (let tries = 0; tries < 9 && this.isDue(message); tries++) this.attempt(message)
    }
  }

  #expire(message: ModelMessage): void {
    const { call } = message
    if (call !== undefined && !call.mayHaveArrived) {
      this.#free(call)
      message.call = undefined
    }
    for (const row of pendingOf(message)) {
      if (message.call?.rows.includes(row) !== true) row.state = "expired"
    }
  }

  /** @returns how many are cancelled, and how many are left in doubt, since a call that may have arrived is not repeated */
  cancel(message: ModelMessage): { kept: number; inDoubt: number } {
    const { call } = message
    const kept = pendingOf(message).filter((row) => call?.mayHaveArrived !== true || !call.rows.includes(row))
    for (const row of kept) row.state = "cancelled"
    if (call === undefined) return { kept: kept.length, inDoubt: 0 }
    if (call.mayHaveArrived) {
      this.#leaveInDoubt(message, call)
      return { kept: kept.length, inDoubt: call.rows.length }
    }
    this.#free(call)
    message.call = undefined
    return { kept: kept.length, inDoubt: 0 }
  }

  /** @returns how many are tried again */
  retry(message: ModelMessage, states: readonly string[]): number {
    const rows = message.rows.filter(({ state, address }) => states.includes(state) && address !== "12")
    const malformed = message.rows.filter(({ state, address }) => states.includes(state) && address === "12")
    for (const row of rows) {
      row.isAskedAnew = row.state === "not_found"
      row.state = "pending"
    }
    if (rows.length + malformed.length > 0 && message.expiresAt <= this.now) {
      message.expiresAt = this.now + (message.expiresAt - message.sendAt)
    }
    return rows.length
  }

  /** @returns the answer: how many are cancelled and the result of each call, or why nothing can be done */
  recall(message: ModelMessage): RecallAnswer {
    const { kept: cancelled } = this.cancel(message)
    const results = message.calls.flatMap((call) => this.#recallCall(message, call) ?? [])
    if (cancelled > 0) return { cancelled, results }
    if (results.length === 0) return "nothing_to_recall"
    return results.every((result) => result === "expired") ? "recall_expired" : { cancelled, results }
  }

  #recallCall({ text }: ModelMessage, call: Call): string | undefined {
    if (call.isRecalled) return "recalled"
    if (call.acceptedAt === undefined) return call.mayHaveArrived ? "unknown" : undefined
    if (this.now - call.acceptedAt > DAY_MS) return "expired"
    call.isRecalled = true
    const onPhones = call.rows.filter(({ state }) => state === "sent")
    for (const row of onPhones) row.state = "recalled"
    for (const person of namesOf(onPhones)) add(this.withdrawn, `${text} ${person}`)
    return "recalled"
  }

  /** The state as the contract derives it. Pending messages have several state words. */
  stateOf(message: ModelMessage): string {
    const states = message.rows.map(({ state }) => state)
    if (states.includes("pending")) return "pending"
    if (states.every((state) => state === "sent")) return "sent"
    if (states.includes("sent")) return "partly_sent"
    if (states.includes("in_doubt")) return "in_doubt"
    const [first = ""] = states
    const isOneWord = ["cancelled", "expired", "recalled"].includes(first) && states.every((state) => state === first)
    return isOneWord ? first : "failed"
  }
}

export function pendingOf({ rows }: ModelMessage): ModelRow[] {
  return rows.filter(({ state }) => state === "pending")
}

/** Each person once, in the order in which they are named. */
function namesOf(rows: readonly ModelRow[]): string[] {
  return [...new Set(rows.flatMap(({ named }) => named ?? []))]
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
