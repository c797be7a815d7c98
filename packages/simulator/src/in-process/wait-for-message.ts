import type { Bilingual } from "@wecom-push/protocol"
import type { BadField } from "../control/bad-field.ts"
import { InvalidSimulatorOptions } from "../invalid-options.ts"
import type { SentMessage } from "../ledger.ts"
import { copiesOf, phoneMessages, type PhoneMessage } from "../phone-messages.ts"
import { textsOf } from "../texts-of.ts"
import type { World } from "../world.ts"
import { MessageNotShown, whatArrived } from "./message-not-shown.ts"
import { shownMessage, type ShownMessage } from "./shown-message.ts"

/** The message to wait for. It must match every given field; with nothing given, any message on any phone matches. */
export interface WantedMessage {
  /** The userid of the member whose phone shows it, in any case. */
  readonly userid?: string | undefined
  /** The member's mobile, in place of the userid. */
  readonly mobile?: string | undefined
  /** A part of a text that the phone shows: content, title, name of a button, address. Case matters. */
  readonly text?: string | RegExp | undefined
  /** Called with each message that matches all other fields. `waitForMessage` rejects with the error that it throws. */
  readonly where?: ((message: ShownMessage) => boolean) | undefined
  /** Only messages with a greater number: pass the `seq` of the last one that you have read. */
  readonly after?: number | undefined
  /** How long to wait, in milliseconds by the machine's clock, from 0 to 2,147,483,647. Default 5000. */
  readonly timeoutMs?: number | undefined
}

const DEFAULT_TIMEOUT_MS = 5000
/** The longest wait of Node's timers: a longer one fires at once. */
const MAX_TIMEOUT_MS = 0x7fff_ffff

/** The parts of its simulator that the wait needs. */
export interface Surroundings {
  readonly world: World
  readonly url: string
  /** Aborts when the simulator closes. */
  readonly closing: AbortSignal
}

export async function waitForMessage(around: Surroundings, wanted: WantedMessage): Promise<ShownMessage> {
  const { world, closing } = around
  const { userid, timeoutMs } = readWanted(world, wanted)
  const find = (copies: Iterable<PhoneMessage>): ShownMessage | undefined => {
    for (const copy of copies) {
      const message = shownMessage(copy)
      if (fits(message, wanted)) return message
    }
    return undefined
  }
  const already = find(phoneMessages(world.ledger, { userid, after: wanted.after }))
  if (already !== undefined) return already

  const { promise, resolve, reject } = Promise.withResolvers<ShownMessage>()
  const look = (message: SentMessage): void => {
    try {
      const found = find(copiesOf(message, userid?.toLowerCase(), wanted.after ?? 0))
      if (found !== undefined) resolve(found)
    } catch (error) {
      // An error of `where` is given to the caller that waits, not to the program whose call is being answered.
      reject(error)
    }
  }
  const giveUp = (why: Bilingual): void => reject(notShown(around, wanted, why))
  const onClose = (): void => giveUp(CLOSED)
  const timer = setTimeout(() => giveUp(inTime(timeoutMs)), Math.min(timeoutMs, MAX_TIMEOUT_MS))
  world.ledger.events.on("shown", look).on("updated", look)
  closing.addEventListener("abort", onClose)
  try {
    if (closing.aborted) onClose()
    return await promise
  } finally {
    clearTimeout(timer)
    world.ledger.events.off("shown", look).off("updated", look)
    closing.removeEventListener("abort", onClose)
  }
}

/** The userid of a member, found by mobile or as given. @throws {InvalidSimulatorOptions} when there is no such member */
export function useridOf(
  { org }: World,
  { userid, mobile }: Pick<WantedMessage, "userid" | "mobile">,
): { userid: string | undefined; badFields: BadField[] } {
  if (mobile === undefined) return { userid, badFields: [] }
  const badFields: BadField[] = []
  if (userid !== undefined) badFields.push({ path: "mobile", problem: BOTH })
  const member = org.memberByMobile(mobile)
  if (member === undefined) badFields.push({ path: "mobile", problem: noMember(mobile) })
  return { userid: member?.userid, badFields }
}

function readWanted(world: World, wanted: WantedMessage): { userid: string | undefined; timeoutMs: number } {
  const { userid, badFields } = useridOf(world, wanted)
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = wanted
  if (userid !== undefined && world.org.member(userid) === undefined) {
    badFields.push({ path: "userid", problem: noMember(userid) })
  }
  if (!(timeoutMs >= 0 && timeoutMs <= MAX_TIMEOUT_MS)) badFields.push({ path: "timeoutMs", problem: NO_TIME })
  if (badFields.length > 0) throw new InvalidSimulatorOptions(badFields)
  return { userid, timeoutMs }
}

const BOTH: Bilingual = { en: "cannot be given beside userid", zh: "不能与 userid 同时填写" }
const NO_TIME: Bilingual = {
  en: `must be a number of milliseconds from 0 to ${MAX_TIMEOUT_MS}`,
  zh: `必须是 0 到 ${MAX_TIMEOUT_MS} 的毫秒数`,
}
const noMember = (name: string): Bilingual => ({
  en: `${JSON.stringify(name)} belongs to no member of the simulator's organisation; sim.org.members lists them`,
  zh: `${JSON.stringify(name)} 不属于模拟器组织中的任何成员，成员列表见 sim.org.members`,
})

function fits(message: ShownMessage, { text, where }: WantedMessage): boolean {
  return (text === undefined || hasText(message, text)) && (where === undefined || where(message))
}

function hasText({ body }: ShownMessage, text: string | RegExp): boolean {
  for (const one of textsOf(body[body.msgtype])) {
    // Not `test`, which with a global expression continues after its last match.
    if (typeof text === "string" ? one.includes(text) : one.search(text) >= 0) return true
  }
  return false
}

const CLOSED: Bilingual = { en: "before the simulator was closed", zh: "模拟器已关闭" }
const inTime = (timeoutMs: number): Bilingual => ({ en: `within ${timeoutMs} ms`, zh: `等待了 ${timeoutMs} 毫秒` })

function notShown({ world, url }: Surroundings, wanted: WantedMessage, why: Bilingual): MessageNotShown {
  const shown = Array.from(phoneMessages(world.ledger, { after: wanted.after }), shownMessage)
  const { userid, mobile, text, where, after } = wanted
  const to = userid ?? mobile
  const said = text === undefined ? "" : typeof text === "string" ? JSON.stringify(text) : String(text)
  const en = [
    "No message",
    to === undefined ? "" : ` to ${to}`,
    said === "" ? "" : ` with the text ${said}`,
    where === undefined ? "" : " that fits `where`",
    after === undefined ? "" : ` after #${after}`,
    ` was shown ${why.en}.`,
  ].join("")
  const zh = [
    "没有出现",
    to === undefined ? "" : `发给 ${to} 的`,
    said === "" ? "" : `包含文字 ${said} 的`,
    where === undefined ? "" : "符合 where 的",
    after === undefined ? "" : `序号大于 ${after} 的`,
    `消息：${why.zh}。`,
  ].join("")
  const arrived = whatArrived(world, shown, url)
  return new MessageNotShown({ en: `${en}\n${arrived.en}`, zh: `${zh}\n${arrived.zh}` }, shown)
}
