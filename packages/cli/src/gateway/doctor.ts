import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { checkReach } from "../doctor/check-reach.ts"
import { reportSteps } from "../doctor/report-steps.ts"
import type { Step, StepName } from "../doctor/step.ts"
import { toldSettings } from "../doctor/tell-settings.ts"
import type { Told } from "../doctor/tell-settings.ts"
import { exitCode } from "../exit-code.ts"
import type { PersonAsked } from "../one-person.ts"
import { say as sayCommon } from "../texts.ts"
import { accessError, defaultUrl, readAccess } from "./access.ts"
import type { GatewayAccess } from "./access.ts"
import { pauseLines } from "./apps.ts"
import { GatewayClient, isOnThisMachine } from "./client.ts"
import { GatewayError } from "./gateway-error.ts"
import { localTime } from "./local-time.ts"
import { readStatus } from "./status-view.ts"
import type { AppStatus, StatusView } from "./status-view.ts"
import { tellOutage } from "./tell-reason.ts"
import { say } from "./texts.ts"

const told: Told = {
  needed: ["gatewayUrl", "gatewayKey"],
  others: ["httpsProxy", "noProxy"],
  defaults: { gatewayUrl: defaultUrl },
}

interface Asked {
  readonly read: SettingsRead
  readonly person: PersonAsked | undefined
  readonly faults: readonly CommandFault[]
}

/** Checks a gateway from outside, one thing after another, until something is wrong. */
export async function checkGateway({ read, person, faults }: Asked, context: Context): Outcome {
  const { language } = context
  const reached = await readAccess(read, context)
  const settings = toldSettings(reached.found, told, language)
  const planned: StepName[] = ["reach", "key", "database", "readiness", "apps"]
  if (person !== undefined) planned.push("person")
  const { access } = reached
  if (faults.length > 0 || access === undefined) {
    const error = accessError(reached, faults, context)
    reportSteps({ told: settings, steps: [], planned, error }, context)
    return error.exitCode
  }
  const steps: Step[] = []
  const apps: string[] = []
  for await (const step of checkUp(access, person, apps, context)) {
    steps.push(step)
    if (step.state === "failed") break
  }
  const text = sayCommon(language, "exampleText")
  const whom = person === undefined ? "--mobile 13800000001" : `--${person.type} ${person.address}`
  // With a key for several apps, the command needs one of them.
  const from = apps.length > 1 ? ` --app ${apps[0]}` : ""
  const next = [`wecom-push send --gateway ${access.url}${from} ${whom} --text "${text}"`]
  reportSteps({ told: settings, steps, planned, error: undefined, next }, context)
  return steps.some(({ state }) => state === "failed") ? exitCode.notSent : exitCode.ok
}

/** @param apps is filled with the names of the key's apps */
async function* checkUp(
  access: GatewayAccess,
  person: PersonAsked | undefined,
  apps: string[],
  context: Context,
): AsyncGenerator<Step> {
  const { language } = context
  const { url, proxy } = access
  yield await checkReach({ baseUrl: url, proxy }, say(language, "unreachableHere"), language)
  using client = new GatewayClient(access, context)
  let status: StatusView
  try {
    status = await client.ask({ path: "/v1/status" }, readStatus)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === "aborted") throw error
    yield { step: "key", state: "failed", details: [error.message], hint: error.hint, error }
    return
  }
  apps.push(...status.apps.map(({ name }) => name))
  yield checkKey(status, access, context)
  // A database in trouble is why the gateway is not ready.
  yield checkDatabase(status, context)
  yield checkReadiness(status, context)
  yield checkApps(status, context)
  if (person !== undefined) yield await checkPerson(client, person, status, context)
}

function checkKey({ key }: StatusView, { url }: GatewayAccess, { language }: Context): Step {
  const { name, id, scopes } = key
  const details = [say(language, "keyIs", { name, id }), say(language, "keyScopes", { scopes: scopes.join(", ") })]
  if (!scopes.includes("send")) {
    const hint = say(language, "cannotSendHint")
    return { step: "key", state: "warning", details: [...details, say(language, "cannotSend")], hint }
  }
  const isInTheClear = url.startsWith("http:") && !isOnThisMachine(url)
  if (!scopes.includes("read")) details.push(say(language, "cannotRead"))
  if (isInTheClear) details.push(say(language, "plainHttpKey", { url }))
  return { step: "key", state: isInTheClear || !scopes.includes("read") ? "warning" : "ok", details }
}

function checkReadiness({ isReady, version }: StatusView, { language }: Context): Step {
  if (isReady) return { step: "readiness", state: "ok", details: [say(language, "ready", { version })] }
  const hint = say(language, "notReadyHint")
  return { step: "readiness", state: "failed", details: [say(language, "notReady")], hint }
}

function checkDatabase({ database }: StatusView, { language }: Context): Step {
  const { kind, synchronous, trouble } = database
  if (trouble !== null) {
    const isFull = trouble === "storage_full"
    const details = [isFull ? say(language, "storageFull") : say(language, "databaseTrouble", { what: trouble })]
    return { step: "database", state: "failed", details, hint: say(language, "notReadyHint") }
  }
  if (synchronous === "full" || synchronous === "extra") {
    return { step: "database", state: "ok", details: [say(language, "databaseIs", { kind, synchronous })] }
  }
  const details = [say(language, "databaseWeak", { kind, synchronous })]
  return { step: "database", state: "failed", details, hint: say(language, "databaseWeakHint") }
}

/**
 * A paused app, or a WeCom that cannot be reached, is not a failure: messages wait. But it explains to the user why
 * nothing arrives.
 */
function checkApps({ apps, backlog }: StatusView, { language }: Context): Step {
  if (apps.length === 0) {
    return { step: "apps", state: "warning", details: [say(language, "noAppsForKey")], hint: say(language, "noApps") }
  }
  const details = apps.flatMap((app) => appLines(app, language))
  if (backlog?.isNear === true) details.push(say(language, "backlogNear", { limit: backlog.limit }))
  const isStopped = apps.some(({ pause, outage }) => pause !== null || outage !== null)
  const isLate = apps.some(({ oldestDueSeconds }) => oldestDueSeconds >= LATE_SECONDS)
  if (isStopped || backlog?.isNear === true) return { step: "apps", state: "failed", details }
  if (isLate) return { step: "apps", state: "failed", details, hint: say(language, "lateHint") }
  return { step: "apps", state: "ok", details }
}

/** The same limit as in the alert. */
const LATE_SECONDS = 300

function appLines({ name, unfinished, due, oldestDueSeconds, outage, pause }: AppStatus, language: Language): string[] {
  const waiting = unfinished === 0 ? [] : [say(language, "backlog", { count: unfinished })]
  if (oldestDueSeconds >= LATE_SECONDS) {
    waiting.push(say(language, "late", { count: due, age: duration(oldestDueSeconds) }))
  }
  const lines: string[] = []
  if (pause !== null) {
    const [since = "", ...more] = pauseLines(pause, language)
    lines.push([`${name}: ${since}`, ...waiting].join(" · "), ...more)
  }
  if (outage !== null) {
    const since = say(language, "unreachableSince", { name, time: localTime(outage.since) })
    const [check = "", ...met] = tellOutage(outage.cause, outage.errmsg, language)
    const next = say(language, "nextTry", { time: localTime(outage.nextTryAt) })
    lines.push([since, ...(pause === null ? waiting : [])].join(" · "), ...met, `→ ${check}`, next)
  }
  return lines.length > 0 ? lines : [[say(language, "appRuns", { name }), ...waiting].join(" · ")]
}

/** A duration such as `2:05:09`. */
function duration(seconds: number): string {
  const [hours, minutes, rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor)
  return `${hours}:${String(minutes).padStart(2, "0")}:${String(rest).padStart(2, "0")}`
}

async function checkPerson(
  client: GatewayClient,
  person: PersonAsked,
  { apps }: StatusView,
  { language }: Context,
): Promise<Step> {
  const [app] = apps
  const { mobileCheck } = person
  const question = {
    [person.type]: person.address,
    ...(mobileCheck === undefined ? {} : { mobile_check: mobileCheck }),
  }
  const body = { ...(app === undefined ? {} : { app: app.name }), ...question, fresh: true }
  try {
    const userid = await client.ask({ method: "POST", path: "/v1/lookup", body }, (fields) => fields.text("userid"))
    const found = sayCommon(language, "personFound", { address: person.address, userid })
    return { step: "person", state: "ok", details: [found, sayCommon(language, "personLicence")] }
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code === "aborted") throw error
    return { step: "person", state: "failed", details: [error.message], hint: error.hint, error }
  }
}
