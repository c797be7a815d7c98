/** Limits of a template; a message of WeCom takes 2048 bytes, a split one a few times as many. */
export const TEMPLATE_LIMITS = {
  templateBytes: 16 * 1024,
  /** Checked between two steps of the template. */
  stepsMs: 200,
  /** The thread is ended after this time, whatever step it is in. */
  longestMs: 1000,
  /** Liquid's count: characters and items that filters make. */
  memory: 1024 * 1024,
  /** All texts of the result together. */
  outputCharacters: 64 * 1024,
} as const
