// Writes the examples of the API's description from a run with a simulator: packages/gateway/src/doors/http/api-examples.ts.
// A test checks that a run still gives them.
import { writeFile } from "node:fs/promises"
import { runExamples } from "../packages/gateway/src/doors/http/testing/example-run.ts"

const examples = JSON.stringify(await runExamples(), undefined, 2)
await writeFile(
  new URL("../packages/gateway/src/doors/http/api-examples.ts", import.meta.url),
  `/** A call, as it was made and answered. */
export interface ApiExample {
  readonly request?: unknown
  readonly status: number
  readonly response: unknown
}

/** Written by \`npm run docs:examples\` out of a run; ids, keys and times are put in the place of those of the run. */
export const API_EXAMPLES: Readonly<Record<string, ApiExample>> = ${examples}
`,
)
