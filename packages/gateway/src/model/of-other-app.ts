import { SMART_ROBOT } from "@wecom-push/protocol/delivery"

/**
 * Whether a call of a message with `else` goes out by that other app, and not by the robot.
 * @param kind as it is stored with the call
 */
export function isOfOtherApp(kind: string): boolean {
  return kind !== SMART_ROBOT.name
}
