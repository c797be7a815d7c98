import { configurationError, configure } from "./config/configuration.ts"
import { connect } from "./connect.ts"
import type { Context, Outcome } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import { refuseLaterFlags } from "./later-flags.ts"
import { readOnePerson } from "./one-person.ts"
import type { LookupFlags } from "./program.ts"
import { reasonSentence } from "./reason-sentence.ts"
import { errorJson } from "./report-failure.ts"
import { stateLook } from "./state-words.ts"
import { say } from "./texts.ts"

/** Prints the userid behind a mobile number or an email address, and nothing else on stdout. */
export async function lookup(flags: LookupFlags, context: Context): Outcome {
  const { io, language, output } = context
  refuseLaterFlags(flags, language)
  const { person, faults } = readOnePerson(flags, language)
  const whom = person === undefined ? [{ path: "lookup", message: say(language, "mobileOrEmail") }] : faults
  const configured = await configure(flags, context)
  const { configuration } = configured
  if (whom.length > 0 || person === undefined || configuration === undefined) {
    throw configurationError(configured, whom, language)
  }
  await using connection = connect(configuration, context)
  const { wecom } = connection
  const { people, error } = await wecom.lookUp([person], { fresh: flags.fresh === true, signal: io.interruption() })
  const [outcome] = people
  if (outcome === undefined || (error !== undefined && outcome.state === "failed")) throw error
  if (output.json) {
    output.data(
      JSON.stringify({
        ok: outcome.state === "found",
        ...person,
        state: outcome.state,
        userid: outcome.userid ?? null,
        cached: outcome.cached,
        errcode: outcome.errcode ?? null,
        reason: outcome.reason ?? null,
        error: error === undefined ? null : errorJson(error, language),
      }),
    )
  } else if (outcome.state === "found") {
    output.data(outcome.userid ?? "")
  } else {
    const state = say(language, stateLook[outcome.state].word)
    const sentence = reasonSentence(outcome.reason, outcome.errcode, language)
    output.complain(
      `${person.address}${language === "zh" ? "：" : ": "}${state}${language === "zh" ? "。" : ". "}${sentence}`,
    )
  }
  return outcome.state === "found" ? exitCode.ok : exitCode.refused
}
