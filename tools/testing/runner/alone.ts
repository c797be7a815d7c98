/**
 * Which test files run several to a process, and which have one to themselves: those that change what all files of a process
 * share, or measure what others in it would disturb. A file that runs with others and leaves the process changed fails.
 */
const ALONE: readonly (readonly [reason: string, source: RegExp])[] = [
  ["it changes the environment", /process\.env(?:\[[^\]]+\]|\.\w+) \??\??= |delete process\.env/],
  ["it changes the process", /process\.(?:chdir|umask|exit|abort|kill|title|argv)\b|process\.exitCode|"node:process"/],
  ["it listens to the process", /process\.(?:on|once|addListener|removeAllListeners)\(|unhandled-rejection\.ts"/],
  ["it changes globals", /mock\.(?:timers|module)\b|mock\.\w+\((?:globalThis|console|process|performance|Math|Date)\b/],
  [
    "it looks at what the process has loaded",
    /createRequire\(import\.meta\.url\)\.cache|require\.cache|registerHooks\(/,
  ],
  ["it starts processes or threads", /"node:(?:child_process|worker_threads|cluster)"/],
  ["it listens to what all of a process say", /"node:(?:async_hooks|inspector|perf_hooks|v8|vm)"/],
  [
    "it measures",
    /process\.(?:cpuUsage|memoryUsage|resourceUsage|getActiveResources)|\bgc\(|(?:linear-time|patterns)\.ts"/,
  ],
]

/** Those that the sources alone do not show. */
export const ALSO_ALONE: Readonly<Record<string, string>> = {
  "packages/cli/src/serve/bad-database.test.ts":
    "a gateway that serves ends the process on an error that is not caught",
  "packages/simulator/src/phones/bubble.browser.test.ts": "the build of its page sets NODE_ENV",
}

/** Why a file has a process to itself, if it does. */
export function whyAlone(source: string, file: string): string | undefined {
  return ALSO_ALONE[file] ?? ALONE.find(([, pattern]) => pattern.test(source))?.[0]
}
