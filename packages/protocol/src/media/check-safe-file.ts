import type { Fault } from "../fault.ts"
import type { MediaPlace } from "./check-media.ts"

/**
 * Checks the name of a file that is sent with `safe` 1: WeCom then takes only these kinds. Undefined when the name is
 * good. WeCom documents no code for it; 40004 is its "kind of file not valid".
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function checkSafeFile(filename: string, place: MediaPlace): Fault | undefined {
  const dot = filename.lastIndexOf(".")
  const extension = dot < 0 ? "" : filename.slice(dot + 1).toLowerCase()
  if (SAFE_FILE_KINDS.includes(extension)) return undefined
  return { rule: "unsafe_file", severity: "error", allowed: SAFE_FILE_KINDS, errcode: 40004, ...place }
}

/** The extensions of these kinds; the case does not matter. */
const SAFE_FILE_KINDS: readonly string[] = [
  "txt",
  "pdf",
  "doc",
  "docx",
  "ppt",
  "pptx",
  "xls",
  "xlsx",
  "xml",
  "jpg",
  "jpeg",
  "png",
  "bmp",
  "gif",
]
