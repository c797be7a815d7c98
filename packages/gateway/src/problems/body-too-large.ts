import { Problem } from "./problem.ts"

/** @param limitBytes what the path takes */
export function bodyTooLarge(limitBytes: number, cause?: unknown): Problem {
  const limit = sizeInWords(limitBytes)
  return new Problem("body_too_large", {
    detail: {
      en: `The body is over ${limit}, the most that this path takes.`,
      zh: `请求体超过此路径的上限 ${limit}。`,
    },
    cause,
  })
}

/** The size in words. Limits are round numbers. */
export function sizeInWords(bytes: number): string {
  if (bytes % MIB === 0) return `${bytes / MIB} MiB`
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} bytes`
}

const KIB = 1024
const MIB = 1024 * KIB
