import { useSurroundings } from "../surroundings.ts"
import { honestName } from "./file-name.ts"

interface Medium {
  /** Undefined: its bytes are gone. */
  readonly url: string | undefined
  readonly name: string | undefined
  readonly bytes: number | undefined
}

export function useMedium(mediaId: string): Medium {
  const { mediaUrl, mediaName } = useSurroundings()
  const { name, bytes } = mediaName(mediaId) ?? {}
  return { url: mediaUrl(mediaId), name: name === undefined ? undefined : honestName(name), bytes }
}
