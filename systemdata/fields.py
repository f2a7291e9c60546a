"""The names of a record's fields, in one place, with the version of the whole.

Stable OpenTelemetry names (semantic conventions 1.44) where they exist, OpenTelemetry's development names for country,
browser and machines, ECS names for AS and organisation, `frontdesk.*` for the rest. Any change of a name, or of what it
holds, gets a new `SCHEMA`.
"""

SCHEMA = 3

TIMESTAMP = "timestamp"
EVENT_NAME = "event_name"
SCHEMA_VERSION = "frontdesk.schema"

CLIENT_NETWORK = "client.address"  # a network such as 203.0.113.0/24, never an address
AS_NUMBER = "client.as.number"
AS_NAME = "client.as.organization.name"
COUNTRY = "geo.country.iso_code"
REGION = "geo.region.iso_code"
METHOD = "http.request.method"
ROUTE = "http.route"
STATUS = "http.response.status_code"
SCHEME = "url.scheme"
HOST = "server.address"
AGENT = "user_agent.name"
SYNTHETIC = "user_agent.synthetic.type"  # `bot`: a crawler, a monitor, a script, or likely one; else absent
ERROR = "error.type"

CLIENT_SOURCE = "frontdesk.client.source"
NETWORK_TYPE = "frontdesk.network.type"
MAY_IDENTIFY = "frontdesk.network.may_identify"  # so small, or held by a person, that it may identify somebody
ORGANISATION = "frontdesk.organisation.name"
ORGANISATION_KEY = "frontdesk.organisation.key"  # the same for every spelling of the name
ORGANISATION_KIND = "frontdesk.organisation.kind"
ORGANISATION_CONFIDENCE = "frontdesk.organisation.confidence"
ORGANISATION_SOURCE = "frontdesk.organisation.source"
ORGANISATION_METHOD = "frontdesk.organisation.method"
ORGANISATION_RULE = "frontdesk.organisation.rule"
ORGANISATION_PREFIX = "frontdesk.organisation.prefix_length"
ORGANISATION_DOMAIN = "frontdesk.organisation.domain"  # where the source has one
ORGANISATION_REASON = "frontdesk.organisation.reason"  # why none is named
DATABASE = "frontdesk.database"
BOT_BY = "frontdesk.bot.by"  # how a machine was told: by its `agent`, or only by its `network`
REFERRER = "frontdesk.referrer"  # the host of the other site that led here
DNT = "frontdesk.signal.dnt"
GPC = "frontdesk.signal.gpc"
TREATMENT = "frontdesk.treatment"
ENTITY = "frontdesk.entity"
ENTITY_REASON = "frontdesk.entity.reason"
ENTITY_SUGGESTED = "frontdesk.entity.suggested"  # the id of another entity that the place or the account suggests
SUGGESTED_OUTCOME = "frontdesk.entity.suggested_outcome"  # `shown`, `led`, or by a click `taken` or `declined`
OUTCOME = "frontdesk.outcome"
DATA_CLASS = "frontdesk.data_class"
PURPOSES = "frontdesk.purposes"
POLICY_VERSION = "frontdesk.policy.version"
RESIDENCY = "frontdesk.residency"  # where the entity's records lie, as the policy calls it
TRANSFER = "frontdesk.transfer"  # `entity`: handed to nobody; `recipients`: to those that the policy names
RETENTION_CLASS = "frontdesk.retention.class"
EXPIRES_AT = "frontdesk.retention.expires_at"

GAP_SINCE = "frontdesk.gap.since"
GAP_RECORDS = "frontdesk.gap.records"  # how many are missing
GAP_REASON = "frontdesk.gap."  # and a reason: how many are missing for it

# Of a visit, where the policy wants visitors told apart within one day.
DAILY_ID = "frontdesk.visitor.daily_id"  # begins with a tag of its key

# Of a security record.
INCIDENT = "frontdesk.security.kind"
INCIDENT_COUNT = "frontdesk.security.count"  # how many of its kind the record stands for
ENCRYPTED_ADDRESS = "frontdesk.security.address"  # ipcrypt-ndx under the key of its day, in hex
ACCOUNT = "frontdesk.security.account"  # an opaque id
INCIDENT_DETAILS = "frontdesk.security.details"

# Of an aggregate record: counts of one entity and hour.
VISITS = "frontdesk.aggregate.visits"
ANONYMOUS = "frontdesk.aggregate.anonymous"
COUNTED = "frontdesk.aggregate.counted"
OBJECTED_DNT = "frontdesk.aggregate.dnt"
OBJECTED_GPC = "frontdesk.aggregate.gpc"
OBJECTED_BOTH = "frontdesk.aggregate.dnt_and_gpc"
BOTS = "frontdesk.aggregate.bots"  # visits of machines, as far as their agents tell, objecting or not
BOTS_OBJECTED = "frontdesk.aggregate.bots_objected"  # those of them that were treated as visitors who objected

# Of an audit record.
ACTION = "frontdesk.audit.action"
ACTION_DETAILS = "frontdesk.audit.details"

# Of a contract record: the company that was named to an app as the party to a contract.
CONTRACT_ENTITY = "frontdesk.contract.entity"
CONTRACT_REASON = "frontdesk.contract.reason"
CONTRACT_SUGGESTED = "frontdesk.contract.suggested"  # the company that the rules suggested
CONTRACT_SUGGESTED_REASON = "frontdesk.contract.suggested_reason"
CONTRACT_BECAUSE = "frontdesk.contract.because"  # the app's words for naming another one
CONTRACT_ACCOUNT = "frontdesk.contract.account"  # an opaque id
