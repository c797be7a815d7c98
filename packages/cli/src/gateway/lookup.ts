import type { CommandFault } from "../command-error.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { LookupFlags } from "../flags.ts"
import type { MobileCheckRead } from "../mobile-check.ts"
import type { OnePerson } from "../one-person.ts"
import { errorJson } from "../report-failure.ts"
import { stateLook } from "../state-words.ts"
import { accessError, readAccess } from "./access.ts"
import { GatewayClient } from "./client.ts"
import { GatewayError } from "./gateway-error.ts"

interface Asked {
  readonly flags: LookupFlags
  readonly read: SettingsRead
  readonly person: OnePerson | undefined
  readonly how: MobileCheckRead["option"]
  readonly faults: readonly CommandFault[]
}

/** Does the same as a look-up without a gateway: only the userid is on stdout. */
export async function lookUpThroughGateway({ flags, read, person, how, faults }: Asked, context: Context): Outcome {
  const { language, output } = context
  const reached = await readAccess(read, context)
  const { access } = reached
  if (faults.length > 0 || person === undefined || access === undefined) throw accessError(reached, faults, context)
  using client = new GatewayClient(access, context)
  const body = {
    ...(flags.app === undefined ? {} : { app: flags.app }),
    [person.type]: person.address,
    ...(how.mobileCheck === undefined ? {} : { mobile_check: how.mobileCheck }),
    ...(flags.fresh === true ? { fresh: true } : {}),
  }
  try {
    const question = { method: "POST", path: "/v1/lookup", body } as const
    const userid = await client.ask(question, (fields) => fields.text("userid"))
    if (output.json) output.data(JSON.stringify({ ok: true, ...person, state: "found", userid, error: null }))
    else output.data(userid)
    return exitCode.ok
  } catch (error) {
    if (!isNobody(error)) throw error
    if (output.json) {
      const told = { ok: false, ...person, state: "not_found", userid: null, error: errorJson(error, language) }
      output.data(JSON.stringify(told))
    } else {
      const state = stateLook.not_found.word[language]
      const [colon, stop] = language === "zh" ? ["：", "。"] : [": ", ". "]
      output.complain(`${person.address}${colon}${state}${stop}${error.message}`)
    }
    return exitCode.refused
  }
}

/** A 404 for an app that the key does not have names the field, so it is not "no such member". */
function isNobody(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === "not_found" && error.faults.length === 0
}
