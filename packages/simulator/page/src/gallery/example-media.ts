import { examplePicture, MEDIA_IDS } from "@wecom-push/bubble/examples"
import chime from "./media/chime.wav"
import report from "./media/disk-report.csv?url"
import replay from "./media/replay.mp4"

const FILES: ReadonlyMap<string, string> = new Map([
  [MEDIA_IDS.voice, chime],
  [MEDIA_IDS.video, replay],
  [MEDIA_IDS.file, report],
])

/** Where the bytes of the examples are. */
export const exampleMediaUrl = (mediaId: string): string | undefined => FILES.get(mediaId) ?? examplePicture(mediaId)
