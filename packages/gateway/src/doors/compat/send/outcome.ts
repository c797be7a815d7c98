import type { RecipientState } from "@wecom-push/protocol/delivery"
import type { MessageReader, MessageSummary, RecipientView } from "../../../model/ports/reader.ts"
import type { RecipientType } from "../../../model/recipients.ts"
import type { CompatAnswer } from "../answer.ts"
import { ownErrmsg, relayedErrmsg } from "../errmsg.ts"

export interface Outcome {
  readonly answer: CompatAnswer
  /** It was cancelled before any phone got it. */
  readonly wasTakenBack: boolean
}

/**
 * The outcome of a message, as WeCom would answer it. While the message is under way, or if an answer was lost, it is
 * errcode 0: the message was accepted, and a client that sent it again would make a second one.
 * @param isChangeable the card can be changed later, so that WeCom's answer has a code for that
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export async function outcomeOf(
  message: MessageSummary,
  reader: MessageReader,
  { isChangeable }: { readonly isChangeable: boolean },
): Promise<Outcome> {
  const skipped = await recipientsIn(SKIPPED, message, reader)
  const lists = listsOf(skipped)
  const { id, counts } = message
  if (skipped.length === message.recipientCount) {
    const answer = { ...(await whyNotSent(message, skipped, reader)), ...lists }
    return { answer, wasTakenBack: counts.cancelled > 0 }
  }
  const responseCode = isChangeable ? await responseCodeOf(message, reader) : undefined
  const answer = {
    errcode: 0,
    ...lists,
    msgid: id,
    ...(responseCode === undefined ? {} : { response_code: responseCode }),
  }
  return { answer, wasTakenBack: false }
}

/** The states of recipients that the message has not reached and will not reach. */
const SKIPPED = [
  "invalid",
  "unlicensed",
  "not_found",
  "failed",
  "cancelled",
  "expired",
  "not_opened",
] as const satisfies readonly RecipientState[]

async function recipientsIn(
  states: readonly RecipientState[],
  { id, counts }: MessageSummary,
  reader: MessageReader,
): Promise<readonly RecipientView[]> {
  const found: RecipientView[] = []
  for (const state of states) {
    if (counts[state] === 0) continue
    let cursor: string | undefined
    do {
      const page = await reader.recipients({
        messageId: id,
        state,
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      })
      found.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }
  return found
}

const PAGE = 1000

/** Members in lower case, as in WeCom's answers; empty lists are left out. */
function listsOf(skipped: readonly RecipientView[]): Record<string, string> {
  const lists = new Map<string, Set<string>>()
  for (const { type, address, state } of skipped) {
    const name = state === "unlicensed" ? "unlicenseduser" : LIST_NAMES[type]
    if (name === undefined) continue
    const list = lists.get(name) ?? new Set()
    lists.set(name, list.add(address.toLowerCase()))
  }
  return Object.fromEntries([...lists].map(([name, items]) => [name, [...items].join("|")]))
}

const LIST_NAMES: Readonly<Partial<Record<RecipientType, string>>> = {
  user: "invaliduser",
  department: "invalidparty",
  tag: "invalidtag",
}

/** The code for which all recipients were refused; 81013 if WeCom accepted the call but knew none of its recipients. */
async function whyNotSent(
  message: MessageSummary,
  skipped: readonly RecipientView[],
  reader: MessageReader,
): Promise<CompatAnswer> {
  const failed = skipped.find(({ state, errcode }) => state === "failed" && errcode !== undefined)
  const [first, ...others] = new Set(skipped.map(({ errcode }) => errcode))
  const errcode = failed?.errcode ?? (others.length === 0 ? first : undefined)
  if (errcode !== undefined && errcode !== 0) {
    const errmsg = await errmsgOf(message.id, errcode, reader)
    return { errcode, errmsg: errmsg === undefined ? ownErrmsg(errcode, undefined) : relayedErrmsg(errcode, errmsg) }
  }
  const { counts, recipientCount } = message
  if (counts.failed > 0) return { errcode: -1, errmsg: ownErrmsg(-1, "WeCom did not take the message") }
  const wasStopped = counts.cancelled + counts.expired === recipientCount
  return { errcode: 81013, errmsg: ownErrmsg(81013, wasStopped ? "it was cancelled before it went out" : undefined) }
}

/** WeCom's own text beside the code. */
async function errmsgOf(messageId: string, errcode: number, reader: MessageReader): Promise<string | undefined> {
  const { items } = await reader.attempts({ messageId, limit: PAGE })
  return items.find((attempt) => attempt.errcode === errcode)?.errmsg
}

/**
 * WeCom's own code if there is exactly one; the message's id instead of several codes, or while the message is not finished.
 */
async function responseCodeOf({ id, finishedAt }: MessageSummary, reader: MessageReader): Promise<string | undefined> {
  const { items } = await reader.calls({ messageId: id, limit: PAGE })
  const codes = items.flatMap(({ responseCode = [] }) => responseCode)
  return finishedAt === undefined || codes.length > 1 ? id : codes[0]
}
