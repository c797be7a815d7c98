import { text, type WeCom } from "@wecom-push/sdk"

const LIMIT_PERCENT = 90

/**
 * Warns the person on duty of a disk that is nearly full.
 * @returns whether there was nothing to say, or the warning was sent
 */
export async function watchDisk(wecom: WeCom, mobileOnDuty: string, usedPercent: number): Promise<boolean> {
  if (usedPercent <= LIMIT_PERCENT) return true
  const { recipients } = await wecom.send({ mobiles: [mobileOnDuty] }, text(`磁盘已用 ${usedPercent}%`))
  return recipients.every(({ state }) => state === "sent")
}
