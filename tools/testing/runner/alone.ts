/**
 * Decides which test files have a process of their own: those that change something that all files of a process share, or
 * measure something that other files would disturb. A file that shares a process and leaves it changed fails.
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

/** Files that need a process of their own for a reason that their sources do not show. */
export const ALSO_ALONE: Readonly<Record<string, string>> = {
  "packages/cli/src/serve/bad-database.test.ts":
    "a gateway that serves ends the process on an error that is not caught",
  "packages/simulator/src/phones/bubble.browser.test.ts": "the build of its page sets NODE_ENV",
}

/** The reason why a file has a process of its own, if it has one. */
export function whyAlone(source: string, file: string): string | undefined {
  return ALSO_ALONE[file] ?? ALONE.find(([, pattern]) => pattern.test(source))?.[0]
}
