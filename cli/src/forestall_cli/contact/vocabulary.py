"""What may stay in a bundle: words of Azure's interfaces. What is not here is replaced.

Sources: the specifications of Compute, Resource Graph and Resource Manager, and recordings.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: keys of objects, in lower case
KEYS = _words(
    """
    $skiptoken actions additionalcapabilities allowextensionoperations assignedhost
    authorizationsource availabilityset availabilitysets billingprofile body bootdiagnostics
    caching capacity code computername configurationstatuses count createoption currentvalue
    data dataactions datadisks deleteoption details diffdisksettings diskencryptionset disks
    disksizegb displayname displaystatus enableautomaticupdates encryptionathost endtime error
    evictionpolicy exactversion extensionhandlers extensions facets faultdomain geographygroup
    hardwareprofile host hypervgeneration id identity imagereference innererror instanceid
    instanceview internalerrorcode iscustomerinitiatedmaintenanceallowed istruncated
    lastmodifiedtime lastoperationmessage lastoperationresultcode latestmodelapplied latitude
    level licensetype limit linuxconfiguration localizedvalue location longitude
    maintenanceredeploystatus maintenancescope maintenancewindowendtime
    maintenancewindowstarttime manageddisk message metadata mode modeldefinitionapplied name
    networkinterfaces networkprofile nextlink notactions notdataactions notificationid notjson
    occurredtime offer option orchestrationmode orgdomain osdisk osname osprofile ostype
    osversion pairedregion patchsettings patchstatus physicallocation placementgroupid plan
    plannedmaintenanceid platformfaultdomain platformfaultdomaincount platformupdatedomain
    platformupdatedomaincount premaintenancewindowendtime premaintenancewindowstarttime priority
    product properties protectionpolicy provisioningstate provisionvmagent
    proximityplacementgroup publisher region regionaldisplayname regioncategory regiontype
    registrationstate resourceguardoperationrequests resourceid resulttruncated rowstatus
    securityprofile securitytype singleplacementgroup sku starttime state status statuses
    storageaccounttype storageprofile subscriptionid subscriptionpolicies substatuses summary
    tags targetresourceid targetresourcetype tenantid tier time timecreated totalrecords
    trackingid type typehandlerversion uniqueid unit upgradepolicy value version
    virtualmachineprofile virtualmachines virtualmachinescaleset vmagent vmagentversion vmhealth
    vmid vmsize windowsconfiguration zones
    """
)
#: keys below which every key is a name that somebody gave
NAMED_BY_PEOPLE = frozenset({"tags", "userassignedidentities"})
#: what extensions write about themselves is free text, so it is left out
LEFT_OUT = frozenset({"extensions", "extensionhandlers"})
#: keys whose texts are words of Azure
WORDS = _words(
    """
    actions caching code createoption dataactions deleteoption displaystatus evictionpolicy
    geographygroup hypervgeneration internalerrorcode lastoperationresultcode level location
    maintenancescope mode notactions notdataactions option orchestrationmode ostype priority
    provisioningstate region regioncategory regiontype registrationstate resulttruncated rowstatus
    securitytype state status storageaccounttype targetresourcetype tier type vmagentversion
    vmsize zones
    """
)
#: keys whose texts are instants
TIMES = _words(
    """
    endtime lastmodifiedtime maintenancewindowendtime maintenancewindowstarttime occurredtime
    premaintenancewindowendtime premaintenancewindowstarttime starttime time timecreated
    """
)
#: whole texts that stay although a machine may be called so
COMMON = _words(
    """
    disabled enabled error failed flexible host info linux low maintenanceaborted
    maintenancecompleted none pending powerstate/deallocated powerstate/deallocating
    powerstate/running powerstate/starting powerstate/stopped powerstate/stopping
    powerstate/unknown provisioningstate/creating provisioningstate/failed
    provisioningstate/failed/internalexecutionerror provisioningstate/succeeded
    provisioningstate/updating ready regular retrylater running spot succeeded uniform updating
    warning windows
    """
) | {"not ready", "vm running", "vm deallocated", "vm stopped", "provisioning succeeded"}
#: segments of ids and paths, in lower case
SEGMENTS = _words(
    """
    availabilitysets disks extensions galleries georegions hostgroups hosts images instanceview
    locations microsoft.app microsoft.authorization microsoft.compute microsoft.maintenance
    microsoft.managedidentity microsoft.network microsoft.resourcegraph microsoft.resourcehealth
    microsoft.storage microsoft.web networkinterfaces operations performmaintenance permissions
    providers proximityplacementgroups publicipaddresses redeploy resourcegroups resources subnets
    subscriptions updates usages versions virtualmachines virtualmachinescalesets virtualnetworks
    """
)
#: parameters of a URL that stay
PARAMETERS = frozenset({"api-version", "$expand", "statusonly", "sku", "monitor"})
#: headers that stay
HEADERS = (
    "azure-asyncoperation",
    "date",
    "location",
    "retry-after",
    "x-ms-failure-cause",
    "x-ms-ratelimit-",
    "x-ms-user-quota-",
)
#: what the name of such a header is made of
PARTS_OF_HEADERS = _words(
    """
    after asyncoperation azure burst cause compute date deletes entities failure global limit
    location ms quota ratelimit read reads remaining requests reset resets resource retry
    subscription tenant user writes x
    """
)
#: values of x-ms-failure-cause
CAUSES = frozenset({"gateway", "service"})

KEPT = (
    "numbers, true and false",
    "names of fields that Azure documents, and words of Azure such as PowerState/running",
    "times, regions, zones, sizes of machines, versions of agents",
    "names of actions in your role",
    "headers about limits and waiting, the date, and how long each response took",
    "status codes, and whether two names were the same",
)
REPLACED = (
    "ids of tenants, subscriptions and machines, every name, every tag with its value",
    "what extensions wrote, addresses, URLs beyond the path of Resource Manager",
    "every other text and every other field",
)
