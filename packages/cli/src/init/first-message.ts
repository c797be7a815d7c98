import { text } from "@wecom-push/sdk"
import { normalizeMobile } from "@wecom-push/sdk/internals"
import { CommandError } from "../command-error.ts"
import { configurationError, configure } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import { connect } from "../connect.ts"
import type { Step } from "../doctor/step.ts"
import { exitCode } from "../exit-code.ts"
import { reasonSentence } from "../reason-sentence.ts"
import { isWeComError } from "../report-failure.ts"
import { say } from "./texts.ts"
import type { Ended, Setup } from "./setup.ts"

interface Whom {
  readonly mobiles?: readonly string[]
  readonly users?: readonly string[]
}

/** One text to a colleague, so that the whole way has been gone once. */
export async function sendFirst(setup: Setup): Promise<Ended> {
  const { flags, context, questions } = setup
  const { language } = context
  if (flags.mobile !== undefined && flags.user !== undefined) {
    const faults = [{ path: "--user", message: say(language, "oneOfBoth") }]
    throw new CommandError("usage", exitCode.usage, say(language, "oneOfBoth"), { faults })
  }
  let whom: Whom | undefined = readWhom(flags.mobile, flags.user)
  for (;;) {
    if (whom === undefined) {
      if (questions === undefined) return tellNone("noMessage", setup)
      const answer = await questions.text({ message: say(language, "whom"), usual: "", check: () => undefined })
      if (answer === undefined) return exitCode.interrupted
      if (answer === "") return tellNone("noMessageNow", setup)
      whom = (await isMobile(answer)) ? { mobiles: [answer] } : { users: [answer] }
    }
    const { step, code } = await trySend(whom, setup)
    setup.tell(step)
    if (step.state !== "failed") return undefined
    if (questions === undefined) return code
    whom = undefined
  }
}

/** Many companies number their members: a userid of digits is none of eleven that begin with 1. */
async function isMobile(answer: string): Promise<boolean> {
  return answer.startsWith("+") || /^1\d{10}$/.test((await normalizeMobile(answer)) ?? "")
}

function readWhom(mobile: string | undefined, user: string | undefined): Whom | undefined {
  if (mobile !== undefined) return { mobiles: [mobile] }
  return user === undefined ? undefined : { users: [user] }
}

function tellNone(key: "noMessage" | "noMessageNow", setup: Setup): undefined {
  setup.tell({ step: "message", state: "ok", details: [say(setup.context.language, key)] })
}

async function trySend(
  whom: Whom,
  { flags, context }: Setup,
): Promise<{ readonly step: Step; readonly code: Exclude<Ended, undefined> }> {
  const { language, io } = context
  const configured = await configure(await readSettings(flags, context), context)
  const { configuration } = configured
  if (configuration === undefined) throw configurationError(configured, [], language)
  await using connection = connect(configuration, context)
  try {
    const content = text(say(language, "firstMessage"))
    const { recipients, error } = await connection.wecom.send(whom, content, { signal: io.interruption() })
    const [outcome] = recipients
    if (outcome?.state === "sent") {
      const who = [outcome.address, outcome.userid]
        .filter((name, index, all) => all.indexOf(name) === index)
        .join(" = ")
      return { step: { step: "message", state: "ok", details: [say(language, "messageSent", { who })] }, code: 0 }
    }
    if (error !== undefined) {
      const code = error.code === "in_doubt" ? exitCode.inDoubt : exitCode.notSent
      return { step: failed([error.message], { hint: error.hint, error }), code }
    }
    return { step: failed([reasonSentence(outcome?.reason, outcome?.errcode, language)]), code: exitCode.refused }
  } catch (error) {
    if (!isWeComError(error) || error.code === "aborted") throw error
    return { step: failed([error.message], { hint: error.hint, error }), code: exitCode.notSent }
  }
}

function failed(details: readonly string[], more: Partial<Step> = {}): Step {
  return { step: "message", state: "failed", details, ...more }
}
