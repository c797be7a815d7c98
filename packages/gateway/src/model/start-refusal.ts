import type { Bilingual, Language } from "@wecom-push/protocol"

export type StartRefusalCode =
  | "locked"
  | "no_folder"
  | "read_only"
  | "network_folder"
  | "not_a_database"
  | "empty_file"
  | "truncated"
  | "damaged"
  | "log_without_database"
  | "log_of_another"
  | "log_missing"
  | "newer_schema"
  | "older_schema"
  | "migration_failed"
  | "disk_full"
  | "wrong_master_key"
  | "no_threads"
  | "unreachable"
  | "login_refused"
  | "unsafe_address"
  | "not_trusted"
  | "server_too_old"
  | "not_utf8"
  | "start_held"
  | "no_rights"
  | "pooled"
  | "move_unfinished"
  | "moved_away"
  | "bad_move"
  | "target_in_use"
  | "files_unreachable"
  | "files_refused"
  | "files_elsewhere"

export interface StartRefusalDetails {
  readonly problem: Bilingual
  /** What the operator should do. */
  readonly hint: Bilingual
  readonly cause?: unknown
}

/** The gateway does not start: it could lose messages, send them twice, or leave them unsent. */
export class StartRefusal extends Error {
  override readonly name = "StartRefusal"
  readonly code: StartRefusalCode
  readonly problem: Bilingual
  readonly hint: Bilingual

  constructor(code: StartRefusalCode, { problem, hint, cause }: StartRefusalDetails) {
    super(`${problem.en} ${hint.en}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.problem = problem
    this.hint = hint
  }

  /** Waiting may help: the service manager may start the gateway again. */
  get isPassing(): boolean {
    return PASSING.has(this.code)
  }

  /** Problem and hint in one language. */
  sentence(language: Language): string {
    return `${this.problem[language]}${language === "en" ? " " : ""}${this.hint[language]}`
  }
}

/**
 * An unreachable server, a full disk, a password or certificate that is being replaced, another gateway that is
 * migrating the tables.
 */
const PASSING: ReadonlySet<StartRefusalCode> = new Set([
  "unreachable",
  "login_refused",
  "not_trusted",
  "start_held",
  "disk_full",
  "files_unreachable",
])
