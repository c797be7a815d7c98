/** The text of a pause because the secret of the app in the gateway's own database is damaged. */
export const UNREADABLE_SECRET =
  "could not read the stored secret of the app; set it again: wecom-push apps set NAME, or PATCH /v1/apps/NAME"
