import type { WeCom } from "@wecom-push/sdk"
import { configurationError, configure } from "../config/configuration.ts"
import type { Configuration } from "../config/check-settings.ts"
import { readSettings } from "../config/read-settings.ts"
import { connect } from "../connect.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import { goesThroughGateway, unfitFlags } from "../gateway-flags.ts"
import { readMobileCheck } from "../mobile-check.ts"
import { readOnePerson } from "../one-person.ts"
import type { OnePerson, PersonAsked } from "../one-person.ts"
import type { DoctorFlags } from "../flags.ts"
import { reasonSentence } from "../reason-sentence.ts"
import { isWeComError } from "../report-failure.ts"
import { say } from "../texts.ts"
import { checkApp } from "./check-app.ts"
import { checkReach } from "./check-reach.ts"
import { explainCode } from "./explain-code.ts"
import { FailedTries } from "./failed-tries.ts"
import { reportSteps } from "./report-steps.ts"
import type { Step, StepName } from "./step.ts"
import { toldOfWecom, toldSettings } from "./tell-settings.ts"

/** Checks one thing after another until something is wrong, then names it and says how to correct it. */
export async function doctor(flags: DoctorFlags, context: Context): Outcome {
  const { language } = context
  if (flags.code !== undefined) return explainCode(flags.code, context)
  if (flags.database !== undefined) return (await import("../serve/check-database.ts")).checkDatabase(flags, context)
  const { person, faults: personFaults } = readOnePerson(flags, language)
  const read = await readSettings(flags, context)
  const isThrough = goesThroughGateway(flags, read)
  const mobileCheck = readMobileCheck(flags, language)
  const faults = [...personFaults, ...mobileCheck.faults, ...unfitFlags(flags, read, language, isThrough)]
  const asked = person && { ...person, ...mobileCheck.option }
  if (isThrough) {
    const { checkGateway } = await import("../gateway/doctor.ts")
    return checkGateway({ read, person: asked, faults }, context)
  }
  const configured = await configure(read, context)
  const { configuration } = configured
  const told = toldSettings(configured.found, toldOfWecom, language)
  const planned: StepName[] = ["reach", "token", "app", ...(person === undefined ? [] : (["person"] as const))]
  if (faults.length > 0 || configuration === undefined) {
    const error = configurationError(configured, faults, language)
    reportSteps({ told, steps: [], planned, error }, context)
    return error.exitCode
  }
  const steps: Step[] = []
  for await (const step of checkUp(configuration, asked, context)) {
    steps.push(step)
    if (step.state === "failed") break
  }
  reportSteps({ told, steps, planned, error: undefined, next: nextOf(person, context) }, context)
  return steps.some(({ state }) => state === "failed") ? exitCode.notSent : exitCode.ok
}

/** The next command: first a check of one person, then a message to that person. */
function nextOf(person: OnePerson | undefined, { language }: Context): readonly string[] {
  if (person === undefined) return ["wecom-push doctor --mobile 13800000001"]
  return [`wecom-push send --${person.type} ${person.address} --text "${say(language, "exampleText")}"`]
}

async function* checkUp(
  configuration: Configuration,
  person: PersonAsked | undefined,
  context: Context,
): AsyncGenerator<Step> {
  const { language } = context
  yield await checkReach(configuration, say(language, "connectSimulatorHint"), language)
  const tries = new FailedTries()
  await using connection = connect(configuration, context, tries.hooks)
  const { wecom } = connection
  for await (const step of checkTokenAndApp(wecom, context)) {
    yield tries.warn(step, (api) => (api === "gettoken") === (step.step === "token"), language)
  }
  if (person === undefined) return
  yield tries.warn(await checkPerson(wecom, person, context), isLookUp, language)
}

function isLookUp(api: string): boolean {
  return api.startsWith("user/")
}

/** One call checks both: the error says whether gettoken or the call after it was refused. */
async function* checkTokenAndApp(wecom: WeCom, { language, io }: Context): AsyncGenerator<Step> {
  const tokenOk: Step = { step: "token", state: "ok", details: [say(language, "tokenOk")] }
  try {
    const agent = await wecom.agent({ signal: io.interruption() })
    yield tokenOk
    yield checkApp(agent, language)
  } catch (error) {
    if (!isWeComError(error) || error.code === "aborted") throw error
    const isAboutApp = error.api !== undefined && error.api !== "gettoken" && error.class !== "token"
    if (isAboutApp) yield tokenOk
    yield { step: isAboutApp ? "app" : "token", state: "failed", details: [error.message], hint: error.hint, error }
  }
}

async function checkPerson(wecom: WeCom, { mobileCheck, ...person }: PersonAsked, context: Context): Promise<Step> {
  const { language, io } = context
  const how = mobileCheck === undefined ? {} : { mobileCheck }
  const { people, error } = await wecom.lookUp([person], { ...how, fresh: true, signal: io.interruption() })
  const [outcome] = people
  if (outcome?.state === "found") {
    const found = say(language, "personFound", { address: person.address, userid: outcome.userid ?? "" })
    return { step: "person", state: "ok", details: [found, say(language, "personLicence")] }
  }
  if (error?.code === "aborted") throw error
  if (error !== undefined) {
    return { step: "person", state: "failed", details: [error.message], hint: error.hint, error }
  }
  return { step: "person", state: "failed", details: [reasonSentence(outcome?.reason, outcome?.errcode, language)] }
}
