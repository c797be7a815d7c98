export type FileKind = "word" | "sheet" | "slides" | "pdf" | "picture" | "archive" | "sound" | "other"

const KINDS: Readonly<Record<Exclude<FileKind, "other">, readonly string[]>> = {
  word: ["doc", "docx"],
  sheet: ["xls", "xlsx", "csv"],
  slides: ["ppt", "pptx"],
  pdf: ["pdf"],
  picture: ["jpg", "jpeg", "png", "gif", "bmp"],
  archive: ["zip", "rar", "7z", "gz", "tar"],
  sound: ["amr", "mp3", "wav", "mp4", "mov"],
}

/** The parts of a file's icon before it is opened: its extension in capitals, and a colour by its kind. */
export function fileKind(name: string): { readonly extension: string; readonly kind: FileKind } {
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? ""
  for (const kind of KIND_NAMES) if (KINDS[kind].includes(extension)) return { extension, kind }
  return { extension, kind: "other" }
}

const KIND_NAMES = ["word", "sheet", "slides", "pdf", "picture", "archive", "sound"] as const
