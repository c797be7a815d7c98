import { configurationError, configure } from "./config/configuration.ts"
import { readSettings } from "./config/read-settings.ts"
import { connect } from "./connect.ts"
import type { Context, Outcome } from "./context.ts"
import { exitCode } from "./exit-code.ts"
import { goesThroughGateway, unfitFlags } from "./gateway-flags.ts"
import { readMobileCheck } from "./mobile-check.ts"
import { readOnePerson } from "./one-person.ts"
import type { LookupFlags } from "./flags.ts"
import { reasonSentence } from "./reason-sentence.ts"
import { errorJson } from "./report-failure.ts"
import { stateLook } from "./state-words.ts"
import { say } from "./texts.ts"

/** Prints the userid behind a mobile number or an email address, and nothing else on stdout. */
export async function lookup(flags: LookupFlags, context: Context): Outcome {
  const { io, language, output } = context
  const { person, faults } = readOnePerson(flags, language)
  const read = await readSettings(flags, context)
  const isThrough = goesThroughGateway(flags, read)
  const { fresh: _, ...others } = flags
  const mobileCheck = readMobileCheck(flags, language)
  const whom = [
    ...(person === undefined ? [{ path: "lookup", message: say(language, "mobileOrEmail") }] : faults),
    // A gateway takes --fresh for a look-up, and for nothing else.
    ...mobileCheck.faults,
    ...unfitFlags(others, read, language, isThrough),
  ]
  if (isThrough) {
    const { lookUpThroughGateway } = await import("./gateway/lookup.ts")
    return lookUpThroughGateway({ flags, read, person, how: mobileCheck.option, faults: whom }, context)
  }
  const configured = await configure(read, context)
  const { configuration } = configured
  if (whom.length > 0 || person === undefined || configuration === undefined) {
    throw configurationError(configured, whom, language)
  }
  await using connection = connect(configuration, context)
  const { wecom } = connection
  const { people, error } = await wecom.lookUp([person], {
    ...mobileCheck.option,
    fresh: flags.fresh === true,
    signal: io.interruption(),
  })
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
    const state = stateLook[outcome.state].word[language]
    const sentence = reasonSentence(outcome.reason, outcome.errcode, language)
    output.complain(
      `${person.address}${language === "zh" ? "：" : ": "}${state}${language === "zh" ? "。" : ". "}${sentence}`,
    )
  }
  return outcome.state === "found" ? exitCode.ok : exitCode.refused
}
