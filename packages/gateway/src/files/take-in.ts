import { hash } from "node:crypto"
import { checkMedia, MEDIA_RULES } from "@wecom-push/protocol"
import type { Fault, MediaType } from "@wecom-push/protocol"
import { examineMedia } from "@wecom-push/sdk/internals"
import { MEDIUM_PREFIX } from "../model/medium-id.ts"
import { holderOf } from "../model/shares.ts"
import type { Holder } from "../model/shares.ts"
import type { KeyRecord } from "../model/ports/keys.ts"
import { countedBytes } from "../model/ports/media.ts"
import type { MediaStore, Medium, NewMedium } from "../model/ports/media.ts"
import { Problem } from "../problems/problem.ts"
import type { FormFile } from "./read-form.ts"

export type TakenIn =
  | { readonly kind: "stored" | "known"; readonly id: string }
  /** WeCom would refuse it. */
  | { readonly kind: "refused"; readonly faults: readonly Fault[] }

/** @throws {Problem} by `pass`, when there is no room for so many bytes */
interface Room {
  pass(holder: Holder, now: number, bytes: number): Promise<void> | undefined
}

export interface TakeInDeps {
  readonly store: Pick<MediaStore, "keep" | "get">
  readonly room: Room
}

/** A file that comes with a key. */
interface Arrival extends Pick<NewMedium, "apps" | "at"> {
  readonly key: Pick<KeyRecord, "id" | "client">
  /** Where the file is in the request, for the faults. */
  readonly path: string
}

/**
 * Keeps a file, unless WeCom would refuse it.
 * @throws {StorageError}
 * @throws {Problem} `unauthorized`: the key was revoked during the upload; `share_used`, `files_full`
 */
export async function takeIn(
  { store, room }: TakeInDeps,
  file: FormFile,
  type: MediaType,
  { path, key, apps, at }: Arrival,
): Promise<TakenIn> {
  const { draft } = file
  const looked = await lookAt(file, type, path)
  if ("faults" in looked) return { kind: "refused", faults: looked.faults }
  const { filename } = looked
  const id = idOf(key.client, type, filename, draft.sha256)
  // A known file takes no more room.
  if ((await store.get(id)) === undefined) {
    await room.pass(holderOf({ id: key.id, apps }), at, countedBytes(draft.sizeBytes))
  }
  const kind = await store.keep(draft, { id, type, filename, keyId: key.id, apps, at })
  if (kind === "key_revoked") throw new Problem("unauthorized")
  return { kind, id }
}

async function lookAt(
  { draft, filename }: FormFile,
  type: MediaType,
  path: string,
): Promise<{ readonly filename: string } | { readonly faults: readonly Fault[] }> {
  const { limitBytes, formats } = MEDIA_RULES[type]
  if (draft.sizeBytes > limitBytes) {
    // The client needs another file in any case, so the format does not matter.
    const place = { path, ...(filename === undefined ? {} : { file: filename }) }
    return { faults: checkMedia(type, { sizeBytes: draft.sizeBytes, format: formats?.[0] }, place) }
  }
  // The SDK reports a backslash as a mistake of its developer; in the name of a client's file it is none.
  const source = {
    content: draft.blob,
    ...(filename === undefined ? {} : { filename: filename.replaceAll("\\", "_") }),
  }
  const examined = await examineMedia(type, source, path)
  return "faults" in examined ? examined : { filename: filename ?? examined.file.filename }
}

/** Whether this client has handed it in. */
export function isOf(client: string, { id, type, filename, sha256 }: Medium): boolean {
  return id === idOf(client, type, filename, sha256)
}

/**
 * The same for the same file of one client, and for no other: it does not show whether another client has handed the
 * file in, or under which name. Receivers see the name of a file, so there two names are two media; a picture shows no
 * name.
 */
function idOf(client: string, type: MediaType, filename: string, sha256: string): string {
  const text = JSON.stringify([client, type, sha256, ...(type === "file" ? [filename] : [])])
  return `${MEDIUM_PREFIX}${hash("sha256", text, "base64url").slice(0, 32)}`
}
