import { hash } from "node:crypto"
import {
  checkMedia,
  checkRobotMessage,
  MAX_ROBOT_TEXT_BYTES_SEEN,
  ROBOT_MESSAGE_TYPES,
  type Fault,
} from "@wecom-push/protocol"
import { bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { MSGID_BYTES, randomId } from "../ids.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import { ownerOf } from "../media/upload.ts"
import type { Robot } from "../org/types.ts"
import type { World } from "../world.ts"
import { checkMediaIds, cutOf, isJsonMistake, namesUnknownMember, UNKNOWN_MEMBER } from "./check-payload.ts"
import { withCuts } from "./shown-body.ts"

const EMPTY_MESSAGE = 93017
const IMAGE_TOO_LARGE = 93018
const WRONG_MD5 = 301019
const WRONG_KIND = 40004

/** Everybody in the robot's group sees it. @see wecom document 99110 */
export function sendAsRobot(world: World, call: ApiCall, robot: Robot): ApiAnswer {
  const { settings, org } = world
  if (call.raw.length === 0) return refuse(EMPTY_MESSAGE)
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (!world.robotRate.isOpen(robot.key, settings.limits.robot_per_minute, call.nowMs)) return refuse(45009)
  const msgtype = bodyText(call, "msgtype")
  if (!KNOWN_TYPES.has(msgtype)) return refuse(40008)

  const faults = checkRobotMessage(call.body)
  const refusal = faults.find((fault) => refuses(world, fault))
  if (refusal?.errcode !== undefined) return refuse(refusal.errcode)
  if (faults.some((fault) => isJsonMistake(fault, msgtype))) call.jsonMistake = true
  if (mustRefuseJson(world, call)) return refuse(40058)

  const sent = call.body[msgtype]
  const payload = isJsonObject(sent) ? sent : {}
  const errcode =
    checkMediaIds(world, call, { msgtype, safe: 0 }, payload, ownerOf(robot.key)) || checkAgainstBytes(msgtype, payload)
  if (errcode !== 0) return refuse(errcode)
  if (msgtype === "template_card" && namesUnknownMember(org, payload)) return refuse(UNKNOWN_MEMBER)

  world.robotRate.count(robot.key, call.nowMs)
  const cuts = faults.flatMap((fault) => cutOf(world, fault))
  const shownBody = withCuts(payload, cuts)
  const shownTo = robot.members.map((userid) => org.member(userid)?.userid).filter((userid) => userid !== undefined)
  call.record.shown = shownTo
  world.ledger.show({
    msgid: randomId(MSGID_BYTES),
    agentid: 0,
    robot: robot.key,
    msgtype,
    atMs: call.nowMs,
    raw: call.raw,
    altered: shownBody === payload ? undefined : shownBody,
    shownTo,
    taskId: undefined,
  })
  return { errcode: 0 }
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(ROBOT_MESSAGE_TYPES)

function refuses({ settings }: World, { severity, errcode, path, rule, actual = 0 }: Fault): boolean {
  if (severity !== "error" || errcode === undefined) return false
  const isTaken = settings.long_robot_text === "take" && actual <= MAX_ROBOT_TEXT_BYTES_SEEN
  return !(path === "text.content" && rule === "too_long" && isTaken)
}

/** A picture in the message itself: its size, what it is, and whether it came whole. */
function checkAgainstBytes(msgtype: string, { base64, md5 }: JsonObject): number {
  if (msgtype !== "image" || typeof base64 !== "string" || typeof md5 !== "string") return 0
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return 40058
  const bytes = Buffer.from(base64, "base64")
  if (hash("md5", bytes) !== md5.toLowerCase()) return WRONG_MD5
  const [fault] = checkMedia(
    "inline_image",
    { sizeBytes: bytes.length, format: pictureFormat(bytes) },
    { path: "image" },
  )
  if (fault === undefined) return 0
  return fault.rule === "file_too_large" ? IMAGE_TOO_LARGE : (fault.errcode ?? WRONG_KIND)
}

/** By the first bytes. */
function pictureFormat(bytes: Buffer): "jpg" | "png" | undefined {
  if (bytes.subarray(0, 3).equals(JPG_START)) return "jpg"
  return bytes.subarray(0, 8).equals(PNG_START) ? "png" : undefined
}

const JPG_START = Buffer.from([0xff, 0xd8, 0xff])
const PNG_START = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
