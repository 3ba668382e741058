import type { InfrastructureSystem } from '@apexlogic/backstage-plugin-finops-common';

/** What applying a new value does to what runs. */
export type Effect =
  /** Nothing that users would notice. */
  | 'none'
  | 'restart'
  /** Amazon's managed databases: a restart, in the next maintenance window unless told to be at once. */
  | 'maintenance-restart'
  /** The old one goes and a new one comes; nothing that is stored there is lost. */
  | 'new-resource'
  /** The old one goes with its data: never edited. */
  | 'data-loss';

/** A property of a resource type that an action may change. */
export interface Property {
  /** Steps from the resource; `*` = the item of a list that holds the value. */
  readonly path: readonly string[];
  readonly effect: Effect;
  /** Of a size; GiB when absent. */
  readonly unit?: 'MiB';
  /** A size that can only grow. */
  readonly growsOnly?: boolean;
  /** A flag beside it without which applying fails, or waits. */
  readonly needs?: readonly string[];
  /** Text of the value up to where another property would have to change with it. */
  readonly family?: RegExp;
}

/** What is known of a resource type. Its properties are those of the reference at `source`. */
export interface ResourceType {
  readonly source: string;
  readonly family: 'machine' | 'database' | 'storage';
  readonly instance?: Property;
  readonly memory?: Property;
  readonly size?: Property;
  readonly tier?: Property;
  /** A map of names to values, or a list of `Key` and `Value`. */
  readonly tags: { readonly path: readonly string[]; readonly list?: boolean };
}

const AWS = 'https://registry.terraform.io/providers/hashicorp/aws/latest/docs';
const AZURE =
  'https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs';
const GOOGLE =
  'https://registry.terraform.io/providers/hashicorp/google/latest/docs';
const CLOUDFORMATION =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const ARM = 'https://learn.microsoft.com/azure/templates';

const TAGS = { path: ['tags'] };
const LABELS = { path: ['labels'] };
const TAG_LIST = { path: ['Tags'], list: true };

const AZURE_MACHINE: Omit<ResourceType, 'source'> = {
  family: 'machine',
  instance: { path: ['size'], effect: 'restart' },
  tags: TAGS,
};

/** `Standard_D2s_v3` belongs to one pricing tier, `Standard_B2s` to another; the tier stands beside it. */
const SKU_FAMILY = /^[A-Za-z]+_?[A-Za-z]/;

const ARM_SERVER: Omit<ResourceType, 'source'> = {
  family: 'database',
  instance: { path: ['sku', 'name'], effect: 'restart', family: SKU_FAMILY },
  size: {
    path: ['properties', 'storage', 'storageSizeGB'],
    effect: 'none',
    growsOnly: true,
  },
  tags: TAGS,
};

const TERRAFORM: Readonly<Record<string, ResourceType>> = {
  aws_db_instance: {
    source: `${AWS}/resources/db_instance`,
    family: 'database',
    instance: {
      path: ['instance_class'],
      effect: 'maintenance-restart',
      needs: ['apply_immediately'],
    },
    size: { path: ['allocated_storage'], effect: 'none', growsOnly: true },
    tier: { path: ['storage_type'], effect: 'none' },
    tags: TAGS,
  },
  aws_rds_cluster_instance: {
    source: `${AWS}/resources/rds_cluster_instance`,
    family: 'database',
    instance: {
      path: ['instance_class'],
      effect: 'maintenance-restart',
      needs: ['apply_immediately'],
    },
    tags: TAGS,
  },
  aws_elasticache_cluster: {
    source: `${AWS}/resources/elasticache_cluster`,
    family: 'database',
    instance: {
      path: ['node_type'],
      effect: 'maintenance-restart',
      needs: ['apply_immediately'],
    },
    tags: TAGS,
  },
  aws_elasticache_replication_group: {
    source: `${AWS}/resources/elasticache_replication_group`,
    family: 'database',
    instance: {
      path: ['node_type'],
      effect: 'maintenance-restart',
      needs: ['apply_immediately'],
    },
    tags: TAGS,
  },
  aws_instance: {
    source: `${AWS}/resources/instance`,
    family: 'machine',
    instance: { path: ['instance_type'], effect: 'restart' },
    size: {
      path: ['root_block_device', 'volume_size'],
      effect: 'none',
      growsOnly: true,
    },
    tier: { path: ['root_block_device', 'volume_type'], effect: 'none' },
    tags: TAGS,
  },
  aws_ebs_volume: {
    source: `${AWS}/resources/ebs_volume`,
    family: 'storage',
    size: { path: ['size'], effect: 'none', growsOnly: true },
    tier: { path: ['type'], effect: 'none' },
    tags: TAGS,
  },
  aws_eks_node_group: {
    source: `${AWS}/resources/eks_node_group`,
    family: 'machine',
    instance: { path: ['instance_types', '*'], effect: 'new-resource' },
    tags: TAGS,
  },
  azurerm_postgresql_flexible_server: {
    source: `${AZURE}/resources/postgresql_flexible_server`,
    family: 'database',
    instance: { path: ['sku_name'], effect: 'restart' },
    size: {
      path: ['storage_mb'],
      effect: 'none',
      unit: 'MiB',
      growsOnly: true,
    },
    tags: TAGS,
  },
  azurerm_managed_disk: {
    source: `${AZURE}/resources/managed_disk`,
    family: 'storage',
    size: { path: ['disk_size_gb'], effect: 'restart', growsOnly: true },
    tier: { path: ['storage_account_type'], effect: 'restart' },
    tags: TAGS,
  },
  azurerm_linux_virtual_machine: {
    ...AZURE_MACHINE,
    source: `${AZURE}/resources/linux_virtual_machine`,
  },
  azurerm_windows_virtual_machine: {
    ...AZURE_MACHINE,
    source: `${AZURE}/resources/windows_virtual_machine`,
  },
  google_sql_database_instance: {
    source: `${GOOGLE}/resources/sql_database_instance`,
    family: 'database',
    instance: { path: ['settings', 'tier'], effect: 'restart' },
    size: {
      path: ['settings', 'disk_size'],
      effect: 'none',
      growsOnly: true,
    },
    tags: { path: ['settings', 'user_labels'] },
  },
  google_redis_instance: {
    source: `${GOOGLE}/resources/redis_instance`,
    family: 'database',
    memory: { path: ['memory_size_gb'], effect: 'restart' },
    tags: LABELS,
  },
  google_compute_instance: {
    source: `${GOOGLE}/resources/compute_instance`,
    family: 'machine',
    instance: {
      path: ['machine_type'],
      effect: 'restart',
      needs: ['allow_stopping_for_update'],
    },
    tags: LABELS,
  },
  google_compute_disk: {
    source: `${GOOGLE}/resources/compute_disk`,
    family: 'storage',
    size: { path: ['size'], effect: 'none', growsOnly: true },
    tier: { path: ['type'], effect: 'data-loss' },
    tags: LABELS,
  },
};

const CLOUDFORMATION_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::RDS::DBInstance': {
    source: `${CLOUDFORMATION}/aws-resource-rds-dbinstance.html`,
    family: 'database',
    instance: { path: ['DBInstanceClass'], effect: 'restart' },
    size: { path: ['AllocatedStorage'], effect: 'none', growsOnly: true },
    tier: { path: ['StorageType'], effect: 'none' },
    tags: TAG_LIST,
  },
  'AWS::ElastiCache::CacheCluster': {
    source: `${CLOUDFORMATION}/aws-resource-elasticache-cachecluster.html`,
    family: 'database',
    instance: { path: ['CacheNodeType'], effect: 'restart' },
    tags: TAG_LIST,
  },
  'AWS::ElastiCache::ReplicationGroup': {
    source: `${CLOUDFORMATION}/aws-resource-elasticache-replicationgroup.html`,
    family: 'database',
    instance: { path: ['CacheNodeType'], effect: 'restart' },
    tags: TAG_LIST,
  },
  'AWS::EC2::Instance': {
    source: `${CLOUDFORMATION}/aws-resource-ec2-instance.html`,
    family: 'machine',
    instance: { path: ['InstanceType'], effect: 'restart' },
    tags: TAG_LIST,
  },
  'AWS::EC2::Volume': {
    source: `${CLOUDFORMATION}/aws-resource-ec2-volume.html`,
    family: 'storage',
    size: { path: ['Size'], effect: 'none', growsOnly: true },
    tier: { path: ['VolumeType'], effect: 'none' },
    tags: TAG_LIST,
  },
  'AWS::EKS::Nodegroup': {
    source: `${CLOUDFORMATION}/aws-resource-eks-nodegroup.html`,
    family: 'machine',
    instance: { path: ['InstanceTypes', '*'], effect: 'new-resource' },
    tags: { path: ['Tags'] },
  },
};

const ARM_TYPES: Readonly<Record<string, ResourceType>> = {
  'microsoft.compute/virtualmachines': {
    source: `${ARM}/microsoft.compute/virtualmachines`,
    family: 'machine',
    instance: {
      path: ['properties', 'hardwareProfile', 'vmSize'],
      effect: 'restart',
    },
    tags: TAGS,
  },
  'microsoft.compute/disks': {
    source: `${ARM}/microsoft.compute/disks`,
    family: 'storage',
    size: {
      path: ['properties', 'diskSizeGB'],
      effect: 'restart',
      growsOnly: true,
    },
    tier: { path: ['sku', 'name'], effect: 'restart' },
    tags: TAGS,
  },
  'microsoft.dbforpostgresql/flexibleservers': {
    ...ARM_SERVER,
    source: `${ARM}/microsoft.dbforpostgresql/flexibleservers`,
  },
  'microsoft.dbformysql/flexibleservers': {
    ...ARM_SERVER,
    source: `${ARM}/microsoft.dbformysql/flexibleservers`,
  },
  'microsoft.storage/storageaccounts': {
    source: `${ARM}/microsoft.storage/storageaccounts`,
    family: 'storage',
    tier: { path: ['sku', 'name'], effect: 'none' },
    tags: TAGS,
  },
};

/** What is known of a type of resource; undefined = nothing. */
export function resourceTypeOf(
  system: InfrastructureSystem,
  type: string,
): ResourceType | undefined {
  switch (system) {
    case 'terraform':
      return own(TERRAFORM, type);
    case 'cloudformation':
      return own(CLOUDFORMATION_TYPES, type);
    default:
      // Azure's names of types are told apart without regard to case.
      return own(ARM_TYPES, type.toLowerCase());
  }
}

function own<T>(table: Readonly<Record<string, T>>, key: string) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
