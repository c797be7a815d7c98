import type { MediaName } from "../bubble-props.ts"
import { DISK_GRAPH, MOUNTAINS } from "./pictures.ts"

/** The `media_id`s of the examples. `expired` is one whose bytes are gone. */
export const MEDIA_IDS = {
  picture: "EXAMPLE-picture",
  thumb: "EXAMPLE-thumb",
  voice: "EXAMPLE-voice",
  video: "EXAMPLE-video",
  file: "EXAMPLE-file",
  expired: "EXAMPLE-expired",
} as const

const PICTURES: ReadonlyMap<string, string> = new Map([
  [MEDIA_IDS.picture, MOUNTAINS],
  [MEDIA_IDS.thumb, DISK_GRAPH],
])

const NAMES: ReadonlyMap<string, MediaName> = new Map([
  [MEDIA_IDS.picture, { name: "outing.png", bytes: 182_400 }],
  [MEDIA_IDS.voice, { name: "voice.amr", bytes: 4_806 }],
  [MEDIA_IDS.video, { name: "replay.mp4", bytes: 4_826 }],
  [MEDIA_IDS.file, { name: "disk-report.csv", bytes: 64 }],
  [MEDIA_IDS.expired, { name: "travel-policy.pdf", bytes: 1_258_291 }],
])

/** Pictures are included; the program that shows the examples brings the sound, the video and the file. */
export const examplePicture = (mediaId: string): string | undefined => PICTURES.get(mediaId)

export const exampleMediaName = (mediaId: string): MediaName | undefined => NAMES.get(mediaId)
