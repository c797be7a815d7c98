// The runner of the tests starts it (start.ts): it starts what the test files share, and gives it back when the runner is gone.
import { once } from "node:events"
import type { StartForAllTests, Started } from "./start.ts"

// They are for the runner, and this process ends after it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
const runnerIsGone = once(process, "disconnect")
const [files] = (await once(process, "message")) as [readonly string[]]
const { STARTS } = (await import(process.argv[2] ?? "")) as { readonly STARTS: readonly StartForAllTests[] }
{
  await using resources = new AsyncDisposableStack()
  const env: Record<string, string> = {}
  for (const each of STARTS.filter((one) => one.isNeededBy(files))) {
    try {
      Object.assign(env, await each.start(resources))
    } catch (error) {
      // Each file starts its own then.
      console.error(`${each.name} could not be started for all tests:`, error)
    }
  }
  const started: Started = { env }
  // The runner may have ended in the meantime.
  if (process.connected) process.send?.(started, () => {})
  await runnerIsGone
}
process.exit()
