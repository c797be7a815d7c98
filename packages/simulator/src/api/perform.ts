import { JSON_REPAIRS, unservedPath } from "@wecom-push/protocol"
import type { HttpAnswer } from "../http-answer.ts"
import type { CallRecord } from "../ledger.ts"
import type { JsonObject } from "../json.ts"
import type { Upload } from "../media/read-upload.ts"
import { lives } from "../tokens.ts"
import type { World } from "../world.ts"
import { API_PREFIX, APIS, ROBOT_APIS, type Api } from "./apis.ts"
import {
  BytesAnswer,
  mustRefuseJson,
  queryText,
  readBody,
  refuse,
  type ApiAnswer,
  type ApiCall,
  type RobotApiHandler,
} from "./call.ts"
import { errmsgOf } from "./errmsg.ts"
import { getToken } from "./gettoken.ts"
import { CONTACT_SYNC_AGENT } from "../org/org.ts"
import { isTrusted } from "./trusted-ip.ts"

/** A request to `/cgi-bin`, before anything of it was looked at. */
export interface ApiRequest {
  readonly verb: string
  /** As in `message/send`. */
  readonly path: string
  readonly query: JsonObject
  readonly raw: Buffer
  readonly ip: string
  /** As in `http://127.0.0.1:7780`. */
  readonly origin: string
  /** The `Range` header. */
  readonly range: string | undefined
  /** The file of a multipart body, of which `raw` is then a summary. */
  readonly upload?: Upload | undefined
}

const TOKEN_API = "gettoken"

/** Enters the request in the ledger, where its answer is noted when there is one. */
export function openCall(world: World, request: ApiRequest): CallRecord {
  const counter = request.path === TOKEN_API ? "tokens" : APIS.get(request.path)?.counts
  if (counter !== undefined) world.ledger.count(counter)
  return world.ledger.openCall(API_PREFIX + request.path, request.query, request.raw, world.clock.nowMs())
}

/** Does what the request asks. Synchronous: two calls never see each other half done. */
export function perform(world: World, request: ApiRequest, record: CallRecord): HttpAnswer {
  const call = readCall(world, request, record)
  if (request.path === TOKEN_API) return answerCall(world, call, tokenAnswer(world, call))
  const ofRobot = ROBOT_APIS.get(request.path)
  if (ofRobot !== undefined) return answerCall(world, call, robotAnswer(world, ofRobot, call))
  const api = APIS.get(request.path)
  return api === undefined ? unserved(call) : answerCall(world, call, apiAnswer(world, api, request.path, call))
}

/** WeCom's refusal of a call, without doing anything of it. */
export function refuseCall(
  world: World,
  request: ApiRequest,
  record: CallRecord,
  errcode: number,
  members: JsonObject,
): HttpAnswer {
  return answerCall(world, readCall(world, request, record), { ...members, errcode })
}

/** An unknown path is the one mistake that WeCom answers by status. */
function unserved({ record }: ApiCall): HttpAnswer {
  const advice = unservedPath(
    record.path,
    [TOKEN_API, ...APIS.keys(), ...ROBOT_APIS.keys()],
    "the simulator does not play it",
  )
  record.warnings = [advice]
  return { status: 404, headers: { "error-msg": advice }, body: "" }
}

function readCall(world: World, request: ApiRequest, record: CallRecord): ApiCall {
  const { verb, query, raw, ip, origin, range, upload } = request
  const { body, jsonMistake, repairs } = readBody(raw)
  record.warnings = repairs.map((repair) => JSON_REPAIRS[repair].en)
  return { verb, query, raw, body, ip, origin, range, upload, nowMs: world.clock.nowMs(), jsonMistake, record }
}

function tokenAnswer(world: World, call: ApiCall): ApiAnswer {
  if (call.verb !== "GET" && call.verb !== "POST") return refuse(40058)
  if (!world.apiRate.admit(TOKEN_API, world.settings.limits, call.nowMs)) return refuse(45009)
  if (!mayDebug(world, TOKEN_API, call)) return refuse(45009)
  return getToken(world, call)
}

/** The order of the checks decides which mistake a caller hears of first. */
function apiAnswer(world: World, api: Api, path: string, call: ApiCall): ApiAnswer | BytesAnswer {
  const { settings, org } = world
  if (call.verb !== api.verb) return refuse(api.wrongVerbErrcode)
  if (mustRefuseJson(world, call)) return refuse(40058)

  const token = queryText(call.query, "access_token")
  if (token === "") return refuse(41001)
  const issued = world.tokens.find(token, (agentid) => org.owner(agentid)?.secret, call.nowMs)
  const app = issued && org.owner(issued.agentid)
  if (issued === undefined || app === undefined || app.secret !== issued.secret) return refuse(40014)
  if (!lives(issued, call.nowMs)) return refuse(settings.dead_token_errcode)

  if (!api.rateFree && !world.apiRate.admit(path, settings.limits, call.nowMs)) return refuse(45009)
  if (!mayDebug(world, path, call)) return refuse(45009)
  if ((settings.ip_check_send || !api.sends) && !isTrusted(org, call.ip)) return refuse(60020)
  if (!app.enabled && !api.answersWhenDisabled) return refuse(50003)
  const isContactSync = app.agentid === CONTACT_SYNC_AGENT
  if (isContactSync ? api.contactSync === undefined : api.contactSync === "only") return refuse(48002)
  if (isContactSync && api.contactSync === "ids" && !settings.contact_sync_details) return refuse(48009)
  return api.handle(world, call, app)
}

/** No token and no trusted address: a client with the key may call. */
function robotAnswer(world: World, handle: RobotApiHandler, call: ApiCall): ApiAnswer {
  if (call.verb !== "POST") return refuse(40058)
  const robot = world.org.robot(queryText(call.query, "key"))
  if (robot === undefined) return refuse(world.settings.unknown_robot_errcode)
  return robot.state === "works" ? handle(world, call, robot) : refuse(STATE_ERRCODES[robot.state])
}

/** @see wecom document 90313 */
const STATE_ERRCODES = { removed: 93000, forbidden: 93001, stopped: 93004, not_in_group: 93008 } as const

function mayDebug(world: World, path: string, call: ApiCall): boolean {
  if (queryText(call.query, "debug") !== "1") return true
  return world.debugRate.admit(path, world.settings.limits.debug_calls_per_minute, call.nowMs)
}

function answerCall(world: World, call: ApiCall, given: ApiAnswer | BytesAnswer): HttpAnswer {
  if (given instanceof BytesAnswer) {
    // The file itself is the library's.
    world.ledger.answerCall(call.record, { errcode: 0, told: given.told, bytes: 0 })
    return given.http
  }
  const { errcode, ...members } = given
  const { settings } = world
  const errmsg = errmsgOf(errcode, {
    ip: call.ip,
    suffix: settings.errmsg_suffix,
    jsonMistake: call.jsonMistake,
    nowMs: call.nowMs,
  })
  const answer = { errcode, errmsg, ...members }
  const body = JSON.stringify(answer)
  world.ledger.answerCall(call.record, { errcode, told: answer, bytes: body.length })
  return { status: 200, headers: headersOf(errcode, errmsg, settings.error_headers), body }
}

function headersOf(errcode: number, errmsg: string, withError: boolean): Record<string, string> {
  if (!withError) return { "content-type": CONTENT_TYPE }
  return { "content-type": CONTENT_TYPE, "error-code": String(errcode), "error-msg": errmsg }
}

const CONTENT_TYPE = "application/json; charset=UTF-8"
