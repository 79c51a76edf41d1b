// Alerts for operators when Forestall itself needs attention. The events are those that the app
// logs; docs/runbook.md says what to do.

param name string
param location string
param tags object
param operatorEmail string
@description('Ids of action groups that there are already.')
param operatorActionGroups string[]
param serviceBusId string
param workspaceId string
@description('How long no scan may be seen before it is an alert; longer than the scan interval.')
param scanExpectedWithin string

var logAlerts = [
  {
    name: 'stuck-jobs'
    severity: 1
    description: join(
      [
        'Something waits for a person: a job is parked, a machine failed, an error budget is spent,'
        'a permission is missing, a job gets nowhere, stored state was lost;'
        'or a job was found overdue three times within an hour.'
      ],
      ' '
    )
    window: 'PT1H'
    query: '''
AppTraces
| where Message startswith "job.overdue "
    or Message startswith "job.parked "
    or Message startswith "notification kind=scope.halted "
    or Message startswith "notification kind=job.failed "
    or Message startswith "notification kind=machine.deleted "
    or Message startswith "notification kind=machine.hardware_deadline "
    or Message startswith "notification kind=error_budget.exhausted "
    or Message startswith "notification kind=call.forbidden "
    or Message startswith "notification kind=call.blocked "
    or Message startswith "notification kind=call.not_eligible "
    or Message startswith "notification kind=job.no_progress "
    or Message startswith "notification kind=job.reopened "
    or Message startswith "notification kind=target.broken "
    or Message startswith "notification kind=state.lost "
| extend Job = extract(@"\b(?:subject|job)=(\S+)", 1, Message)
| summarize Overdue = countif(Message startswith "job.overdue "), All = count() by Job
| where All > Overdue or Overdue >= 3'''
  }
  {
    name: 'unreadable-rows'
    severity: 1
    description: 'The running release cannot read a stored row, and leaves its machine alone.'
    window: 'PT1H'
    query: '''
AppTraces
| where Message startswith "row.unreadable "
    or Message startswith "job.unreadable "
    or Message startswith "semaphore.unreadable "'''
  }
  {
    name: 'scan-incomplete'
    severity: 2
    description: join(
      [
        'A subscription has had no complete scan for too long,'
        'or some of its machines cannot be read: a wave there may not be seen.'
        'Or timers of the Functions host do not fire, and messages do their work.'
      ],
      ' '
    )
    window: 'PT1H'
    query: '''
AppTraces
| where Message startswith "notification kind=scan.overdue "
    or Message startswith "notification kind=timer.silent "
    or Message startswith "notification kind=scan.unreadable "'''
  }
  {
    name: 'given-up-messages'
    severity: 1
    description: 'A message was given up: its handler kept failing, or no release can read it.'
    window: 'PT1H'
    query: '''
AppTraces
| where Message startswith "message.failed "
    or Message startswith "message.given_up "
    or Message startswith "message.dead_lettered "
    or Message startswith "message.no_app "'''
  }
  {
    name: 'deadline-at-risk'
    severity: 1
    description: join(
      [
        'A machine may not be moved before its self-service phase closes, or was not:'
        'Azure then restarts it at a time of its own.'
      ],
      ' '
    )
    window: 'PT1H'
    query: '''
AppTraces
| where Message startswith "deadline.at_risk "
    or Message startswith "notification kind=deadline.left_alone "
    or Message startswith "job.missed "
    or Message startswith "notification kind=machine.azure_was_first "
    or Message startswith "notification kind=job.attempts_exhausted "'''
  }
]

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-operators-${name}'
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'forestall'
    enabled: true
    emailReceivers: empty(operatorEmail)
      ? []
      : [
          { name: 'operator', emailAddress: operatorEmail, useCommonAlertSchema: true }
        ]
  }
}

var told = concat([operators.id], operatorActionGroups)

var queueAlerts = [
  {
    name: 'dead-letters'
    description: 'Nothing takes the messages that queues gave up: the app does not run.'
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    entity: 'dead-letters'
    window: 'PT15M'
  }
  {
    name: 'lost-messages'
    description: 'A queue gave a message up and did not forward it, so no function sees it.'
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    entity: '*'
    window: 'PT5M'
  }
]

resource queueWatch 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for each in queueAlerts: {
    name: 'alert-${each.name}-${name}'
    location: 'Global'
    tags: tags
    properties: {
      description: each.description
      severity: 1
      enabled: true
      scopes: [serviceBusId]
      evaluationFrequency: 'PT1M'
      windowSize: each.window
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: each.name
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: each.metric
            dimensions: [
              { name: 'EntityName', operator: 'Include', values: [each.entity] }
            ]
            operator: 'GreaterThan'
            threshold: 0
            timeAggregation: each.aggregation
          }
        ]
      }
      // Each is an id: our own group's, or one that came as a parameter.
      #disable-next-line use-resource-id-functions
      actions: map(told, group => { actionGroupId: group })
    }
  }
]

resource seen 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for each in logAlerts: {
    name: 'alert-${each.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: each.description
      severity: each.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT15M'
      windowSize: each.window
      autoMitigate: true
      // The table of traces is there once the app has logged for the first time.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: each.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: told }
    }
  }
]

var clocks = [
  {
    name: 'scan-not-run'
    description: 'No subscription was scanned for too long: what Azure plans meanwhile is not seen.'
    window: scanExpectedWithin
    event: 'subscription.scanned'
  }
  {
    name: 'recovery-not-run'
    description: 'Recovery did not run: lost messages and abandoned leases stay as they are.'
    window: 'PT30M'
    event: 'recovery.done'
  }
]

resource notRun 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for each in clocks: {
    name: 'alert-${each.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: each.description
      severity: 1
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT15M'
      windowSize: each.window
      autoMitigate: true
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: 'AppTraces | where Message startswith "${each.event} "'
            timeAggregation: 'Count'
            operator: 'LessThan'
            threshold: 1
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: told }
    }
  }
]
