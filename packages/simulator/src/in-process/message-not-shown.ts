import type { Bilingual } from "@wecom-push/protocol"
import { API_PREFIX } from "../api/apis.ts"
import { conversationOf, type CallRecord, type KeptBack, type Origin } from "../ledger.ts"
import { keptBackMessage } from "../phone-messages.ts"
import { textOf } from "../phones/loose.ts"
import { previewOf } from "../phones/preview.ts"
import type { World } from "../world.ts"
import type { ShownMessage } from "./shown-message.ts"

/** No phone showed the awaited message in time. The error's text lists what did arrive. */
export class MessageNotShown extends Error {
  /** The same in both languages. */
  readonly problem: Bilingual
  /** What phones showed instead, oldest first, for any member. */
  readonly shown: readonly ShownMessage[]

  constructor(problem: Bilingual, shown: readonly ShownMessage[]) {
    super(problem.en)
    this.name = "MessageNotShown"
    this.problem = problem
    this.shown = shown
  }
}

/** How many of each kind are listed, the newest. */
const LISTED = 10
const LISTED_NAMES = 3

/**
 * What happened instead: messages shown, copies kept back, calls that WeCom did not answer with errcode 0.
 * @param url where the simulator is, named where no call came at all
 */
export function whatArrived(world: World, shown: readonly ShownMessage[], url: string): Bilingual {
  const calls = world.ledger.calls()
  if (calls.length === 0) {
    return {
      en: `  no call came at all: does the program send to ${url}?`,
      zh: `  没有收到任何调用：请检查程序的接口地址是否为 ${url}`,
    }
  }
  const keptBack = Array.from(world.ledger.keptBackNewestFirst()).toReversed()
  const failed = calls.filter(({ errcode, fault }) => errcode !== 0 || fault !== undefined)
  const lists = [
    list(shown.map(lineOfShown), { en: "shown", zh: "手机上已显示" }),
    list(keptBack.map(lineOfKeptBack), { en: "kept back, and shown on no phone", zh: "未显示" }),
    list(failed.map(lineOfCall), { en: "calls that failed", zh: "失败的调用" }),
  ]
  return { en: lists.map(({ en }) => en).join("\n"), zh: lists.map(({ zh }) => zh).join("\n") }
}

function lineOfShown(shown: ShownMessage): string {
  const { seq, userid, body } = shown
  return line(`#${seq} ${userid}`, shown, body.msgtype, previewOf(body))
}

function lineOfKeptBack(copies: KeptBack): string {
  const { userids, msgtype, reason } = copies
  const to = userids.slice(0, LISTED_NAMES).join(", ") + (userids.length > LISTED_NAMES ? ", …" : "")
  return line(to, copies, `${msgtype}, ${reason}`, previewOf(keptBackMessage(copies)))
}

function lineOfCall({ path, errcode, answer, fault }: CallRecord): string {
  const told = errcode === undefined ? "no answer" : `errcode ${errcode}, ${textOf(answer?.["errmsg"])}`
  return `${path.replace(API_PREFIX, "")}: ${told}${fault === undefined ? "" : `, fault ${fault}`}`
}

function line(to: string, origin: Origin, kind: string, preview: string): string {
  const from = conversationOf(origin)
  return `${to}, ${typeof from === "number" ? `app ${from}` : from}, ${kind}${preview === "" ? "" : `: ${preview}`}`
}

function list(lines: readonly string[], { en, zh }: Bilingual): Bilingual {
  const listed = lines
    .slice(-LISTED)
    .map((one) => `\n    ${one}`)
    .join("")
  const isPart = lines.length > LISTED
  return {
    en: `  ${en}: ${lines.length}${isPart ? `, of which the newest ${LISTED} are` : ""}${listed}`,
    zh: `  ${zh}：${lines.length} 条${isPart ? `，最近 ${LISTED} 条为` : ""}${listed}`,
  }
}
