import type { Language } from "@wecom-push/protocol"
import type { ExitCode } from "./exit-code.ts"
import type { Io } from "./io.ts"
import type { Output } from "./output.ts"

/** Given to every command. */
export interface Context {
  readonly io: Io
  readonly language: Language
  readonly output: Output
}

/** How a command ended; failures are thrown. */
export type Outcome = Promise<ExitCode>
