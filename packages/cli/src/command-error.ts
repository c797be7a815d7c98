import type { ExitCode } from "./exit-code.ts"

/** One fault in the user's input, already in the user's language. */
export interface CommandFault {
  /** The flag, variable or field at fault, such as `--department` or `text.content`. */
  readonly path: string
  readonly message: string
  /** The validator's rule; its `message` names the field itself. */
  readonly rule?: string
  readonly limit?: number
  readonly actual?: number
  /** WeCom's answer to it, or a possible answer. */
  readonly errcode?: number
}

/** Our own codes; a gateway's refusal keeps the gateway's own code. */
export type CommandErrorCode = "usage" | "configuration" | "invalid_input" | "cannot_listen" | "not_confirmed"

/** A failure whose text is in the user's language already; WeCom's failures are `WeComError`. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly code: CommandErrorCode | (string & {})
  readonly exitCode: ExitCode
  readonly hint: string
  readonly faults: readonly CommandFault[]
  /** Further fields of the `error` of `--json`. */
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
