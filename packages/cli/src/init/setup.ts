import type { Context } from "../context.ts"
import type { Step } from "../doctor/step.ts"
import type { ExitCode } from "../exit-code.ts"
import type { InitFlags } from "../flags.ts"
import type { EnvValues } from "./env-file.ts"
import type { Questions } from "./questions.ts"

/** Given to each part of the set-up. */
export interface Setup {
  readonly flags: InitFlags
  readonly context: Context
  /** Undefined without a terminal: what is missing is named then. */
  readonly questions: Questions | undefined
  /** Shown at once at a terminal, at the end without one. */
  tell(step: Step): void
  /** Into `.env`. */
  keep(values: EnvValues): void
  /** @param runs already, on the file that was chosen last */
  noteGateway(runs: boolean): void
}

/** How a part of the set-up ended: undefined where the next one follows. */
export type Ended = ExitCode | undefined
