// The app's own settings, as they travel from main.bicep to the Function App; README.md says what each is for.

@export()
type Settings = {
  subscriptions: string
  mode: 'observe' | 'act'
  policy: object
  tablePrefix: string
  scanSchedule: string
  recoverSchedule: string
}
