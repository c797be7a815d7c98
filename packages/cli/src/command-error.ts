import type { ExitCode } from "./exit-code.ts"

/** One thing wrong with what the user gave, already in the user's language. */
export interface CommandFault {
  /** The flag, variable or field it is about, as in `--department` or `text.content`. */
  readonly path: string
  readonly message: string
  /** The validator's rule; its `message` names the field itself. */
  readonly rule?: string
  readonly limit?: number
  readonly actual?: number
  /** WeCom's answer to it, or the one that it may give. */
  readonly errcode?: number
}

/** Ours; a gateway's refusal keeps the gateway's own code. */
export type CommandErrorCode = "usage" | "configuration" | "invalid_input" | "cannot_listen" | "not_confirmed"

/** A failure whose text is in the user's language already; WeCom's failures are `WeComError`. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly code: CommandErrorCode | (string & {})
  readonly exitCode: ExitCode
  readonly hint: string
  readonly faults: readonly CommandFault[]
  /** Further members of the `error` of `--json`. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(
    code: CommandErrorCode | (string & {}),
    exitCode: ExitCode,
    message: string,
    details: {
      readonly hint?: string
      readonly faults?: readonly CommandFault[]
      readonly more?: Readonly<Record<string, unknown>>
    } = {},
  ) {
    super(message)
    this.code = code
    this.exitCode = exitCode
    this.hint = details.hint ?? ""
    this.faults = details.faults ?? []
    this.more = details.more ?? {}
  }
}
