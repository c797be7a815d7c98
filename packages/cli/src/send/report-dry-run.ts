import type { SendPlan } from "@wecom-push/sdk"
import type { CommandFault } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { ExitCode } from "../exit-code.ts"
import { complain, errorJson } from "../report-failure.ts"
import { say } from "../texts.ts"
import { countStates, explainStates, recipientsJson, stateTable } from "./recipient-table.ts"

/** Prints the calls that would be made. Exit codes are those of a send that finds nothing new. */
export function reportDryRun(
  { recipients, uploads, calls, error }: SendPlan,
  warnings: readonly CommandFault[],
  { output, language }: Context,
  api = "message/send",
): ExitCode {
  // Those whom an earlier run reached are settled, and well.
  const isAnyoneRefused = recipients.some(({ state }) => state !== "planned" && state !== "sent")
  if (output.json) {
    const answer = {
      ok: !isAnyoneRefused && error === undefined,
      dry_run: true,
      recipients: recipientsJson(recipients),
      uploads: uploads.map(({ type, filename, sizeBytes }) => ({ type, filename, bytes: sizeBytes })),
      calls: calls.map(({ body }) => ({ msgid: null, response_code: null, errcode: null, request: parsed(body) })),
      error: error === undefined ? null : errorJson(error, language),
      ...(warnings.length === 0 ? {} : { warnings }),
    }
    output.data(JSON.stringify(answer))
  } else {
    stateTable(recipients, output)
    explainStates(recipients, output)
    if (recipients.length > 1 && !output.quiet) countStates(recipients, output)
    for (const { type, filename, sizeBytes } of uploads) {
      output.note(say(language, "dryRunUpload", { filename, bytes: sizeBytes, type }))
    }
    output.note(say(language, "dryRunHead", { count: calls.length }))
    for (const { body } of calls) output.data(`POST ${api} ${body}`)
    if (error !== undefined) complain(error, output)
  }
  if (recipients.some(({ state }) => state === "in_doubt")) return exitCode.inDoubt
  return isAnyoneRefused || error !== undefined ? exitCode.refused : exitCode.ok
}

function parsed(body: string): unknown {
  return JSON.parse(body)
}
