/** The words of a pause whose cause is the gateway's own database, where the secret of the app is damaged. */
export const UNREADABLE_SECRET =
  "could not read the stored secret of the app; give it anew: wecom-push apps set NAME, or PATCH /v1/apps/NAME"
