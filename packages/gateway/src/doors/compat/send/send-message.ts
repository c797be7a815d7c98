import { setTimeout as sleep } from "node:timers/promises"
import { LARGE_BODY_BYTES } from "../../../accept/large-body-reader.ts"
import type { FastifyRequest } from "fastify"
import { traceOf } from "../../kit/trace-of.ts"
import type { AppPause, AppRecord } from "../../../model/ports/apps.ts"
import type { CompatAnswer } from "../answer.ts"
import { appNamed, requireScope } from "../callers.ts"
import type { Caller } from "../callers.ts"
import { appOfChat } from "../chats/app-of-chat.ts"
import type { CompatRequest } from "../compat-request.ts"
import type { CompatDeps } from "../deps.ts"
import { refusingUnknownMedia } from "../media/refuse-unknown.ts"
import { pauseAnswer } from "../pauses.ts"
import { Refusal } from "../refusal.ts"
import { outcomeOf } from "./outcome.ts"
import type { Outcome } from "./outcome.ts"
import { prepareSend } from "./prepare-send.ts"
import { readSend } from "./read-send.ts"
import type { SendRead, SendWay } from "./read-send.ts"

/**
 * Accepts a message, as durably as `/v1/messages` does, and waits a little for its outcome, so that a client made for WeCom
 * gets the answer that WeCom would give. The `msgid` is the gateway's.
 * @throws {Refusal} for a message that WeCom would refuse, or that the key does not allow
 * @throws {Problem} if the message cannot be stored
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export async function sendMessage(
  deps: CompatDeps,
  caller: Caller,
  request: CompatRequest,
  http: Pick<FastifyRequest, "headers">,
): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const read = await readBody(deps, caller, { request, way: "people" })
  return accept(deps, caller, { read, app: appFor(caller, read), http })
}

/**
 * The same for a group chat. A message to a chat cannot be recalled, but the answer has its `msgid` too, for use with
 * `/v1/messages`.
 * @throws {Refusal} for a message that WeCom would refuse, or that the key does not allow
 * @throws {Problem} if the message cannot be stored
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export async function sendToChat(
  deps: CompatDeps,
  caller: Caller,
  request: CompatRequest,
  http: Pick<FastifyRequest, "headers">,
): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const read = await readBody(deps, caller, { request, way: "chat" })
  const app = await appOfChat(deps, caller, request, () => {
    if ("errcode" in read.message) throw new Refusal(read.message.errcode, read.message.explanation)
    return read.message.audience.rows[0]?.address
  })
  return accept(deps, caller, { read, app, http })
}

interface Taken {
  readonly read: SendRead
  readonly app: AppRecord
  readonly http: Pick<FastifyRequest, "headers">
}

async function accept(deps: CompatDeps, caller: Caller, { read, app, http }: Taken): Promise<CompatAnswer> {
  const now = deps.now()
  using entry = deps.pauses.enter(app, now)
  if (entry === undefined && app.pause !== undefined) return pauseAnswer(app.pause)

  const prepared = prepareSend(read, { app, key: caller.key, now })
  using watch = deps.pauses.watch(app.name)
  const { id } = await refusingUnknownMedia(deps.acceptor.accept(prepared, caller.key, now, traceOf(http)))
  const isFinished = await Promise.race([deps.dispatcher.finished(id, WAIT_MS), isFalseOnce(watch.paused)])
  // The message was accepted with a valid key; if the key has been revoked since, the answer must not contain the outcome.
  if (!(await deps.keyRing.isValid(caller.key, deps.now()))) return { errcode: 0, msgid: id }
  if (!isFinished && (await pauseOf(deps, app)) !== undefined) await takeBack(deps, id)
  const { answer, wasTakenBack } = await readOutcome(deps, id, app, read.isChangeable)
  const pause = wasTakenBack ? await pauseOf(deps, app) : undefined
  return pause === undefined ? answer : pauseAnswer(pause)
}

const WAIT_MS = 3000

async function readBody(
  { largeBodies }: CompatDeps,
  { key }: Caller,
  { request, way }: { readonly request: CompatRequest; readonly way: SendWay },
): Promise<SendRead> {
  const { raw } = request
  const reading = { way, overflow: key.overflow }
  if (raw.length < LARGE_BODY_BYTES) return readSend(request, reading)
  const read = await largeBodies.readSend(raw, reading, key.client)
  if ("errcode" in read) throw new Refusal(read.errcode, read.explanation)
  request.wasReadElsewhere(read)
  return read
}

/** Only a mini-program's notice has no agentid in WeCom's own sample. */
function appFor(caller: Caller, { agentId, hasAgentId, msgtype }: SendRead): AppRecord {
  if (agentId !== undefined) return appNamed(caller, agentId)
  if (hasAgentId) throw new Refusal(40056, "agentid is a whole number")
  if (msgtype !== "miniprogram_notice") throw new Refusal(41011)
  return appNamed(caller, undefined)
}

async function isFalseOnce(happened: Promise<void>): Promise<false> {
  await happened
  return false
}

async function pauseOf({ stores, dispatcher }: CompatDeps, { name }: AppRecord): Promise<AppPause | undefined> {
  const app = await stores.apps.get(name)
  return app && dispatcher.pauseOf(app)
}

/**
 * Cancels a message that turned out to be for a paused app: a client that gets an error does not expect the message to
 * arrive days later. A call in flight cannot be cancelled before its answer comes.
 */
async function takeBack({ dispatcher }: CompatDeps, id: string): Promise<void> {
  for (let tries = 0; tries < TAKE_BACK_TRIES; tries++) {
    await dispatcher.cancel(id)
    if (await dispatcher.finished(id, 0)) return
    await sleep(TAKE_BACK_EVERY_MS)
  }
}

const TAKE_BACK_TRIES = 30
const TAKE_BACK_EVERY_MS = 100

async function readOutcome(
  { stores, now }: CompatDeps,
  id: string,
  app: AppRecord,
  isChangeable: boolean,
): Promise<Outcome> {
  const message = await stores.reader.message(id, { apps: [app.name], now: now() })
  // Messages are deleted only when their retention ends, much later.
  if (message === undefined) return { answer: { errcode: 0, msgid: id }, wasTakenBack: false }
  return outcomeOf(message, stores.reader, { isChangeable })
}
