import { APP_MESSAGE } from "@wecom-push/protocol/delivery"
import type { AttemptEnd, CallKind } from "@wecom-push/protocol/delivery"
import { TransportFault } from "@wecom-push/sdk"
import type { Transport } from "@wecom-push/sdk"
import type { Channel } from "../channel.ts"

/**
 * The smallest possible channel: one member for each call, 20 messages a minute for each member, no check, no recall, no
 * msgid.
 */
export const TOY: CallKind = {
  ...APP_MESSAGE,
  name: "toy",
  api: "toy/send",
  most: { user: 1, department: 0, tag: 0, all: 0, chat: 0, robot: 0, inAll: 1 },
  types: { text: APP_MESSAGE.types["text"] ?? { payload: { check: () => () => undefined, need: () => undefined } } },
  hasDuplicateCheck: false,
  canRecall: false,
  canChangeCards: false,
  targetRate: { perMinute: 20, perHour: undefined },
  bodyOf(targets, { part }) {
    const [only] = targets
    if (only === undefined || targets.length > 1)
      throw new RangeError(`toy/send names one target, not ${targets.length}`)
    return `{"to":${JSON.stringify(only.id)},${part.slice(1)}`
  },
  isOf: () => true,
  usersIn: (body) => [String((JSON.parse(body) as { to: unknown }).to)],
  keysIn: (body) => [String((JSON.parse(body) as { to: unknown }).to).toLowerCase()],
  resultsOf: () => ({ of: () => "sent", unknownIds: () => [] }),
}

/** Sends to a server of its own, without a token. */
export function toyChannel(url: string, transport: Transport): Channel {
  return { kind: TOY, send: ({ body, deadline }) => post(transport, `${url}/toy/send`, body, deadline) }
}

async function post(transport: Transport, url: string, body: string, deadline: number): Promise<AttemptEnd> {
  const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()))
  try {
    const answer = await transport.request({ method: "POST", url: new URL(url), headers: JSON_BODY, body, signal })
    const { errcode, errmsg } = JSON.parse(answer.body) as { errcode: number; errmsg: string }
    return { kind: "answer", answer: { errcode, errmsg } }
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error
    const code = error.mayHaveArrived ? "in_doubt" : "unreachable"
    return {
      kind: "failure",
      failure: { code, class: undefined, errcode: undefined, errmsg: error.message, kind: error.kind },
    }
  }
}

const JSON_BODY = { "content-type": "application/json" }
