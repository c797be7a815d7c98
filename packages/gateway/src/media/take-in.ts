import { hash } from "node:crypto"
import { checkMedia, MEDIA_RULES } from "@wecom-push/protocol"
import type { Fault, MediaType } from "@wecom-push/protocol"
import { examineMedia } from "@wecom-push/sdk/internals"
import { MEDIUM_PREFIX } from "../domain/medium-id.ts"
import type { MediaStore, NewMedium } from "../ports/media.ts"
import type { FormFile } from "./read-form.ts"

export type TakenIn =
  | { readonly kind: "stored" | "known"; readonly id: string }
  /** What WeCom would refuse. */
  | { readonly kind: "refused"; readonly faults: readonly Fault[] }

/**
 * Keeps a file, unless WeCom would refuse it.
 * @param path where it stands in the request, for the faults
 * @throws {StorageError}
 */
export async function takeIn(
  store: MediaStore,
  file: FormFile,
  type: MediaType,
  { path, apps, at }: Pick<NewMedium, "apps" | "at"> & { readonly path: string },
): Promise<TakenIn> {
  const { draft } = file
  const looked = await lookAt(file, type, path)
  if ("faults" in looked) return { kind: "refused", faults: looked.faults }
  const { filename } = looked
  const id = idOf(type, filename, draft.sha256)
  return { kind: await store.keep(draft, { id, type, filename, apps, at }), id }
}

async function lookAt(
  { draft, filename }: FormFile,
  type: MediaType,
  path: string,
): Promise<{ readonly filename: string } | { readonly faults: readonly Fault[] }> {
  const { limitBytes, formats } = MEDIA_RULES[type]
  if (draft.sizeBytes > limitBytes) {
    // It has to be another file in any case, so what it is does not matter.
    const place = { path, ...(filename === undefined ? {} : { file: filename }) }
    return { faults: checkMedia(type, { sizeBytes: draft.sizeBytes, format: formats?.[0] }, place) }
  }
  // The SDK takes a backslash for a mistake of its developer; in the name of a file that somebody else hands in it is none.
  const source = {
    content: draft.blob,
    ...(filename === undefined ? {} : { filename: filename.replaceAll("\\", "_") }),
  }
  const examined = await examineMedia(type, source, path)
  return "faults" in examined ? examined : { filename: filename ?? examined.file.filename }
}

/**
 * The same for the same file, whoever hands it in: which messages may name it is another matter. What receivers see of
 * a file is its name too, so there two names are two media; a picture shows no name.
 */
function idOf(type: MediaType, filename: string, sha256: string): string {
  const text = JSON.stringify([type, sha256, ...(type === "file" ? [filename] : [])])
  return `${MEDIUM_PREFIX}${hash("sha256", text, "base64url").slice(0, 32)}`
}
