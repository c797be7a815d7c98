/** Limits of a template; a message of WeCom takes 2048 bytes, a split one a few times as many. */
export const TEMPLATE_LIMITS = {
  templateBytes: 16 * 1024,
  /** Between two steps. */
  stepsMs: 200,
  /** Of the thread, whatever it is in. */
  longestMs: 1000,
  /** Liquid's count: characters and items that filters make. */
  memory: 1024 * 1024,
  /** Of all texts. */
  outputCharacters: 64 * 1024,
} as const
