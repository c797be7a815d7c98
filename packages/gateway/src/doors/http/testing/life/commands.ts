import assert from "node:assert/strict"
import { setTimeout as after } from "node:timers/promises"
import * as fc from "fast-check"
import { letTimePass, mustAgree } from "./agree.ts"
import type { GatewayInLife } from "./gateway-in-life.ts"
import { ADDRESSES, pendingOf } from "./model.ts"
import type { PlannedAnswer, Model, ModelMessage, WecomStanding } from "./model.ts"

type Command = fc.AsyncCommand<Model, GatewayInLife>

/** A step that is applied to the model and to the gateway; after it both must report the same. */
abstract class Step implements Command {
  abstract check(model: Readonly<Model>): boolean
  protected abstract do(model: Model, life: GatewayInLife): Promise<void>
  abstract toString(): string

  async run(model: Model, life: GatewayInLife): Promise<void> {
    model.now = life.clock.now()
    await this.do(model, life)
    await mustAgree(model, life)
  }
}

class Post extends Step {
  readonly wish: PostWish
  constructor(wish: PostWish) {
    super()
    this.wish = wish
  }

  check(model: Readonly<Model>): boolean {
    const { text, answer, sendInMs } = this.wish
    if (isLost(answer) && model.lostInARow >= 1) return false
    // Numbers that are looked up later get a call of their own, and a fault would hit only one of the two calls.
    if (answer !== "answered" && (!model.isFine || sendInMs > 0)) return model.wecom === "down" && this.#isOneCall()
    // It is unknown which of several messages with one text WeCom gets first, unless they come one by one.
    return text === null || (model.isFine && sendInMs === 0)
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    const { to, sendInMs, answer } = this.wish
    const text = this.wish.text ?? `no ${model.messages.length + 1}.`
    const message = model.post(text, to, sendInMs)
    await planAnswer(model, life, text, answer)
    model.attempt(message)
    message.id = await postTo(life, message, sendInMs > 0)
  }

  #isOneCall(): boolean {
    return this.wish.text === null && this.wish.to.every(([type]) => type === "user")
  }

  toString(): string {
    const { to, text, sendInMs, answer } = this.wish
    return `post(${to.map(([, address]) => address).join(" ")}, ${text ?? "new text"}, in ${sendInMs} ms, ${answer})`
  }
}

interface PostWish {
  readonly to: readonly (readonly ["user" | "mobile", string])[]
  /** Null: a text that no other message has. */
  readonly text: string | null
  readonly sendInMs: number
  readonly answer: PlannedAnswer
}

/** The gateway is killed while WeCom has the call and has not answered it. */
class PostAndDie extends Step {
  readonly to: PostWish["to"]
  readonly text: string | null
  constructor(to: PostWish["to"], text: string | null) {
    super()
    this.to = to
    this.text = text
  }

  check(model: Readonly<Model>): boolean {
    // Otherwise a repeat of another message may take the fault.
    return model.isFine && this.to.some(([type]) => type === "user") && model.messages.every(({ call }) => !call)
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    const text = this.text ?? `no ${model.messages.length + 1}.`
    const message = model.post(text, this.to, 0)
    model.plan(text, "answer_lost")
    model.attempt(message)
    await life.fault({ kind: "hang_after", match: `"${text}"` })
    const before = await life.callsOf(text)
    message.id = await postTo(life, message, false)
    await until(async () => (await life.callsOf(text)) > before, "the call")
    await life.restart({ isKilled: true })
    model.lostInARow = 0
    await letTimePass(model, life)
  }

  toString(): string {
    return `post and die(${this.to.map(([, address]) => address).join(" ")}, ${this.text ?? "new text"})`
  }
}

abstract class OnMessage extends Step {
  readonly index: number
  constructor(index: number) {
    super()
    this.index = index
  }

  check(model: Readonly<Model>): boolean {
    return model.messages.length > 0 && this.suits(model, this.pick(model))
  }

  protected suits(_model: Readonly<Model>, _message: ModelMessage): boolean {
    return true
  }

  protected pick(model: Readonly<Model>): ModelMessage {
    const message = model.messages[this.index % model.messages.length]
    assert.ok(message)
    return message
  }
}

/** The same request with the same key. */
class PostAgain extends OnMessage {
  protected override suits(model: Readonly<Model>, message: ModelMessage): boolean {
    return model.now < message.acceptedAt + KEY_LIVES_MS
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    const message = this.pick(model)
    assert.equal(await postTo(life, message, message.sendAt > message.acceptedAt), message.id)
  }

  toString(): string {
    return `post again(${this.index})`
  }
}

const KEY_LIVES_MS = 72 * 3_600_000

class Cancel extends OnMessage {
  async do(model: Model, life: GatewayInLife): Promise<void> {
    const message = this.pick(model)
    const { kept, inDoubt } = model.cancel(message)
    const { status, json } = await life.ask(`/v1/messages/${message.id}/cancel`, { body: {} }, 200, 409)
    if (kept + inDoubt === 0) assert.deepEqual([status, json.code], [409, "already_sent"])
    else assert.deepEqual([status, json.cancelled], [200, kept])
  }

  toString(): string {
    return `cancel(${this.index})`
  }
}

class Retry extends OnMessage {
  readonly states: readonly string[]
  readonly answer: PlannedAnswer
  constructor(index: number, states: readonly string[], answer: PlannedAnswer) {
    super(index)
    this.states = states
    this.answer = answer
  }

  protected override suits(model: Readonly<Model>, message: ModelMessage): boolean {
    if (pendingOf(message).length > 0) return false
    // The gateway decides in what order it looks up several numbers at once.
    if (!model.isFine && message.rows.some(({ type }) => type === "mobile")) return false
    const isOfItsOwn = message.text.startsWith("no ")
    if (this.answer === "answered") return isOfItsOwn || (model.isFine && message.sendAt <= model.now)
    const isTakenAtOnce =
      model.isFine && message.sendAt <= model.now && (model.planned.get(message.text)?.length ?? 0) === 0
    return isTakenAtOnce && !(isLost(this.answer) && model.lostInARow >= 1) && hasNamed(message, this.states)
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    const message = this.pick(model)
    const count = model.retry(message, this.states)
    await planAnswer(model, life, message.text, this.answer)
    model.attempt(message)
    const body = { states: this.states }
    const { status, json } = await life.ask(`/v1/messages/${message.id}/retry`, { body }, 200, 409)
    if (count === 0) assert.deepEqual([status, json.code], [409, "nothing_to_retry"])
    else assert.deepEqual([status, json.retried], [200, count])
  }

  toString(): string {
    return `retry(${this.index}, ${this.states.join(" ")}, ${this.answer})`
  }
}

class Recall extends OnMessage {
  protected override suits(model: Readonly<Model>): boolean {
    return model.isFine
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    const message = this.pick(model)
    const expected = model.recall(message)
    const { status, json } = await life.ask(`/v1/messages/${message.id}/recall`, { body: {} }, 200, 409)
    if (typeof expected === "string") assert.deepEqual([status, json.code], [409, expected])
    else {
      // Recipients that are looked up later go out in a call of their own.
      const results = new Set(json.calls.map(({ result }: { result: string }) => result))
      assert.deepEqual([status, json.cancelled, results], [200, expected.cancelled, new Set(expected.results)])
    }
  }

  toString(): string {
    return `recall(${this.index})`
  }
}

class Spoil extends Step {
  readonly wecom: WecomStanding
  constructor(wecom: WecomStanding) {
    super()
    this.wecom = wecom
  }

  check(model: Readonly<Model>): boolean {
    // A fault that still waits for its call would come before WeCom's own refusal.
    const hasPlans = [...model.planned.values()].some((planned) => planned.length > 0)
    return model.isFine && !(this.wecom === "blocked" && hasPlans)
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    model.wecom = this.wecom
    await life.setWecom(this.wecom)
  }

  toString(): string {
    return this.wecom
  }
}

class Mend extends Step {
  check(model: Readonly<Model>): boolean {
    return !model.isFine
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    await life.setWecom("fine")
    model.wecom = "fine"
    model.isPaused = false
    // A message that succeeds, so that the gateway knows for certain that all is well.
    const message = model.post(`no ${model.messages.length + 1}.`, [["user", "lisi"]], 0)
    message.id = await postTo(life, message, false)
    await letTimePass(model, life)
    model.lostInARow = 0
  }

  toString(): string {
    return "mend"
  }
}

class Wait extends Step {
  readonly seconds: number
  constructor(seconds: number) {
    super()
    this.seconds = seconds
  }

  check(): boolean {
    return true
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    await letTimePass(model, life, this.seconds)
  }

  toString(): string {
    return `wait(${this.seconds} s)`
  }
}

class Restart extends Step {
  readonly isKilled: boolean
  constructor(isKilled: boolean) {
    super()
    this.isKilled = isKilled
  }

  check(): boolean {
    return true
  }

  async do(model: Model, life: GatewayInLife): Promise<void> {
    await life.restart({ isKilled: this.isKilled })
    model.lostInARow = 0
    await letTimePass(model, life)
  }

  toString(): string {
    return this.isKilled ? "kill and start" : "stop and start"
  }
}

const anAudience = fc.subarray([...ADDRESSES], { minLength: 1, maxLength: 5 })
const aText = fc.constantFrom(null, null, null, "CPU high", "disk full")
const anAnswer = fc.constantFrom<PlannedAnswer>(
  "answered",
  "answered",
  "answer_lost",
  "lost_on_the_way",
  "busy",
  "refused",
)
const anIndex = fc.nat({ max: 9 })
const someStates = fc.subarray(["failed", "in_doubt", "not_found", "invalid", "cancelled", "expired"], { minLength: 1 })

export const commandsOfALife: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [
    fc
      .record({ to: anAudience, text: aText, sendInMs: fc.constantFrom(0, 0, 0, 600_000), answer: anAnswer })
      .map((wish) => new Post(wish)),
    fc
      .record({ to: anAudience, text: aText, sendInMs: fc.constant(0), answer: anAnswer })
      .map((wish) => new Post(wish)),
    fc.tuple(anAudience, aText).map(([to, text]) => new PostAndDie(to, text)),
    anIndex.map((index) => new PostAgain(index)),
    anIndex.map((index) => new Cancel(index)),
    fc.tuple(anIndex, someStates, anAnswer).map(([index, states, answer]) => new Retry(index, states, answer)),
    anIndex.map((index) => new Recall(index)),
    fc.constantFrom<WecomStanding>("blocked", "down").map((wecom) => new Spoil(wecom)),
    fc.constant(new Mend()),
    fc.constantFrom(601, 601, 18_000, 90_000).map((seconds) => new Wait(seconds)),
    fc.boolean().map((isKilled) => new Restart(isKilled)),
  ],
  { maxCommands: 18, size: "max" },
)

/** The end of every life: WeCom works again, and nothing is left to wait for. */
export async function endOfLife(model: Model, life: GatewayInLife): Promise<void> {
  model.now = life.clock.now()
  if (!model.isFine) await new Mend().run(model, life)
  await new Wait(90_000).run(model, life)
  const pending = model.messages.filter((message) => pendingOf(message).length > 0)
  assert.deepEqual(pending, [])
}

async function planAnswer(model: Model, life: GatewayInLife, text: string, answer: PlannedAnswer): Promise<void> {
  model.plan(text, answer)
  const fault = FAULTS[answer]
  if (fault !== undefined) await life.fault({ ...fault, match: `"${text}"` })
}

const FAULTS: Readonly<Record<PlannedAnswer, Readonly<Record<string, unknown>> | undefined>> = {
  answered: undefined,
  answer_lost: { kind: "reset_after" },
  lost_on_the_way: { kind: "reset_before" },
  busy: { kind: "errcode", errcode: -1 },
  refused: { kind: "errcode", errcode: 48002 },
}

function isLost(answer: PlannedAnswer): boolean {
  return answer === "answer_lost" || answer === "lost_on_the_way"
}

function hasNamed({ rows }: ModelMessage, states: readonly string[]): boolean {
  return rows.some(({ state, named }) => states.includes(state) && named !== null)
}

async function postTo(life: GatewayInLife, message: ModelMessage, isScheduled: boolean): Promise<string> {
  const { number, text, rows, sendAt } = message
  const of = (type: string): string[] => rows.filter((row) => row.type === type).map(({ address }) => address)
  const [users, mobiles] = [of("user"), of("mobile")]
  const body = {
    app: "alerts",
    to: { ...(users.length > 0 && { users }), ...(mobiles.length > 0 && { mobiles }) },
    msgtype: "text",
    text: { content: text },
    ...(isScheduled && { send_at: new Date(sendAt).toISOString() }),
  }
  const answer = await life.ask("/v1/messages", { body, headers: { "idempotency-key": `post-${number}` } }, 202)
  return answer.json.id
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let looks = 0; looks < 12_000; looks++) {
    if (await isSo()) return
    await after(5)
  }
  assert.fail(`waited too long for ${what}`)
}
