terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.60"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

provider "aws" {
  region = var.region
}

# Weekly exports for the finance department. Read once, kept for the auditors.
resource "aws_s3_bucket" "exports" {
  bucket = "fernhill-exports"

  tags = {
    owner       = "data"
    environment = "production"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "exports" {
  bucket = aws_s3_bucket.exports.id

  rule {
    id     = "expire-after-seven-years"
    status = "Enabled"

    filter {}

    expiration {
      days = 2557
    }
  }
}
