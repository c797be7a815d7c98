import type { ExitCode } from "./exit-code.ts"

/** One thing wrong with what the user gave, already in the user's language. */
export interface CommandFault {
  /** The flag, variable or field it is about, as in `--department` or `text.content`. */
  readonly path: string
  readonly message: string
  /** What the validator says is broken; its `message` names the field itself. */
  readonly rule?: string
  readonly limit?: number
  readonly actual?: number
}

export type CommandErrorCode =
  | "usage"
  | "configuration"
  | "invalid_input"
  | "cannot_listen"
  | "not_in_this_version"
  | "not_confirmed"

/** A failure of the command itself, in the user's language; WeCom's failures are `WeComError`. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly code: CommandErrorCode
  readonly exitCode: ExitCode
  readonly hint: string
  readonly faults: readonly CommandFault[]

  constructor(
    code: CommandErrorCode,
    exitCode: ExitCode,
    message: string,
    details: { readonly hint?: string; readonly faults?: readonly CommandFault[] } = {},
  ) {
    super(message)
    this.code = code
    this.exitCode = exitCode
    this.hint = details.hint ?? ""
    this.faults = details.faults ?? []
  }
}
