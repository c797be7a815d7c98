/** Exit codes, for scripts. `inDoubt` comes before `refused`, and `refused` before `notSent`. */
export const exitCode = {
  ok: 0,
  /** Some or all recipients were refused. */
  refused: 1,
  /** A fault in the input: usage, configuration, a body over its limit, an unknown app, a bad key. */
  usage: 2,
  /** Nothing was sent because WeCom, the gateway or the network refused or failed; repeating is safe. */
  notSent: 3,
  /** The message may have arrived. */
  inDoubt: 4,
  /** By Ctrl-C. */
  interrupted: 130,
  /** The terminal ended (SIGHUP). */
  hungUp: 129,
  /** By SIGTERM. */
  terminated: 143,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]
