# Made by npm run samples: what nbjob schedule would make, for Terraform. Each variable says what it is.
terraform {
  required_providers {
    oci = { source = "oracle/oci" }
  }
}

variable "region" {
  description = "Region, as in us-ashburn-1"
  default     = "us-ashburn-1"
}

variable "domain" {
  description = "Domain of the region's realm: oraclecloud.com in the commercial one"
  default     = "oraclecloud.com"
}

variable "compartment_id" {
  description = "OCID of the compartment"
}

variable "data_science_project_id" {
  description = "OCID of the Data Science project"
}

variable "job_id" {
  description = "OCID of the Data Science job, whose image holds nbjob"
}

variable "job_file_url" {
  description = "Where the job file is, as in oci://bucket@namespace/nightly.yaml"
}

resource "oci_dataintegration_workspace" "nbjob" {
  display_name               = "nbjob"
  compartment_id             = var.compartment_id
  is_private_network_enabled = false
  freeform_tags              = { "made-by" = "nbjob" }
}

resource "oci_dataintegration_workspace_project" "nbjob" {
  workspace_id = oci_dataintegration_workspace.nbjob.id
  name         = "nbjob"
  identifier   = "NBJOB"
  description  = "Tasks that nbjob schedules."
}

resource "oci_dataintegration_workspace_task" "nbjob" {
  workspace_id  = oci_dataintegration_workspace.nbjob.id
  name          = "nightly"
  identifier    = "NIGHTLY"
  model_type    = "REST_TASK"
  api_call_mode = "ASYNC_GENERIC"
  description   = "Runs a job file as a Data Science job run."
  auth_config {
    model_type                = "OCI_RESOURCE_AUTH_CONFIG"
    resource_principal_source = "WORKSPACE"
  }
  execute_rest_call_config {
    model_type      = "REST_CALL_CONFIG"
    method_type     = "POST"
    request_headers = { "Content-Type" = "application/json" }
    config_values {
      config_param_values {
        request_url {
          string_value = "https://datascience.${var.region}.oci.${var.domain}/20190101/jobRuns"
        }
        request_payload {
          ref_value {
            model_type = "JSON_TEXT"
            config_values {
              config_param_values {
                data_param {
                  string_value = "{\n  \"displayName\": \"$${JOB_NAME}\",\n  \"jobConfigurationOverrideDetails\": {\n    \"jobType\": \"DEFAULT\",\n    \"maximumRuntimeInMinutes\": $${MAXIMUM_RUNTIME},\n    \"environmentVariables\": {\n      \"NBJOB_PARAMETERS\": \"$${PARAMETERS}\",\n      \"NBJOB_SET\": \"$${SETTINGS}\",\n      \"NOTEBOOK_YAML_URL\": \"$${NOTEBOOK_YAML_URL}\"\n    }\n  },\n  \"projectId\": \"$${PROJECT_ID}\",\n  \"compartmentId\": \"$${COMPARTMENT_ID}\",\n  \"jobId\": \"$${JOB_ID}\"\n}"
                }
              }
            }
          }
        }
      }
    }
  }
  typed_expressions {
    model_type = "TYPED_EXPRESSION"
    name       = "JOB_RUN_ID"
    type       = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    expression = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.id') AS String)"
    config_values {
      config_param_values {
        length {
          int_value = 2000
        }
      }
    }
  }
  cancel_rest_call_config {
    model_type      = "REST_CALL_CONFIG"
    method_type     = "POST"
    request_headers = { "Content-Type" = "application/json" }
    config_values {
      config_param_values {
        request_url {
          string_value = "https://datascience.${var.region}.oci.${var.domain}/20190101/jobRuns/#{JOB_RUN_ID}/actions/cancelJobRun"
        }
      }
    }
  }
  registry_metadata {
    aggregator_key = oci_dataintegration_workspace_project.nbjob.key
  }
  poll_rest_call_config {
    method_type = "GET"
    config_values {
      config_param_values {
        request_url {
          string_value = "https://datascience.${var.region}.oci.${var.domain}/20190101/jobRuns/#{JOB_RUN_ID}"
        }
        poll_condition {
          ref_value {
            model_type  = "EXPRESSION"
            expr_string = "CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String) != 'SUCCEEDED' AND CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String) != 'FAILED' AND CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String) != 'CANCELED' AND CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String) != 'DELETED' AND CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String) != 'NEEDS_ATTENTION'"
          }
        }
        poll_interval {
          object_value = 60
        }
        poll_interval_unit {
          string_value = "SECONDS"
        }
        poll_max_duration {
          object_value = 150
        }
        poll_max_duration_unit {
          string_value = "MINUTES"
        }
      }
    }
  }
  op_config_values {
    config_param_values {
      key = "successCondition"
      config_param_value {
        string_value = "SYS.RESPONSE_STATUS >= 200 AND SYS.RESPONSE_STATUS < 300 AND CAST(json_path(SYS.RESPONSE_PAYLOAD, '$.lifecycleState') AS String) == 'SUCCEEDED'"
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "NOTEBOOK_YAML_URL"
    description   = "Where the job file is: oci://, https://. In it, \" is written \\\" and \\ is written \\\\."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = var.job_file_url
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "PARAMETERS"
    description   = "Parameters of the notebook that replace the job file's, as in {epochs: 5, region: 'emea'}. In it, \" is written \\\" and \\ is written \\\\."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = "{}"
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "SETTINGS"
    description   = "Values of any key of the job file, by their dotted paths, as in {timeout: 2h}. In it, \" is written \\\" and \\ is written \\\\."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = "{}"
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "JOB_NAME"
    description   = "The job run's name. In it, \" is written \\\" and \\ is written \\\\."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = "nightly"
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "MAXIMUM_RUNTIME"
    description   = "Minutes after which OCI ends the run. The task waits for 120 of them: for more, change the job file."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = "120"
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "PROJECT_ID"
    description   = "OCID of the Data Science project."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = var.data_science_project_id
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "COMPARTMENT_ID"
    description   = "OCID of the compartment of the run."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = var.compartment_id
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
  parameters {
    model_type    = "PARAMETER"
    name          = "JOB_ID"
    description   = "OCID of the Data Science job."
    type          = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR"
    type_name     = "VARCHAR"
    is_input      = true
    is_output     = false
    default_value = var.job_id
    config_values {
      config_param_values {
        key = "length"
        config_param_value {
          int_value = 4000
        }
      }
      config_param_values {
        key = "usedInParam"
        config_param_value {
          string_value = "Execute API Config: (Request Payload)"
        }
      }
    }
  }
}

resource "oci_dataintegration_workspace_application" "nbjob" {
  workspace_id = oci_dataintegration_workspace.nbjob.id
  name         = "nbjob"
  identifier   = "NBJOB"
  model_type   = "INTEGRATION_APPLICATION"
  description  = "Tasks that nbjob schedules."
}

resource "oci_dataintegration_workspace_application_patch" "nbjob" {
  workspace_id    = oci_dataintegration_workspace.nbjob.id
  application_key = oci_dataintegration_workspace_application.nbjob.key
  name            = "nightly"
  identifier      = "PUBLISH_NIGHTLY_0"
  patch_type      = "PUBLISH"
  object_keys     = [oci_dataintegration_workspace_task.nbjob.key]
  description     = "Runs a job file as a Data Science job run."
}

resource "oci_dataintegration_workspace_application_schedule" "nbjob" {
  workspace_id                   = oci_dataintegration_workspace.nbjob.id
  application_key                = oci_dataintegration_workspace_application.nbjob.key
  name                           = "nightly"
  identifier                     = "NIGHTLY"
  timezone                       = "UTC"
  is_daylight_adjustment_enabled = true
  description                    = "Every night."
  frequency_details {
    model_type = "DAILY"
    frequency  = "DAILY"
    interval   = 1
    time {
      hour   = 2
      minute = 30
      second = 0
    }
  }
}

resource "oci_dataintegration_workspace_application_task_schedule" "nbjob" {
  workspace_id          = oci_dataintegration_workspace.nbjob.id
  application_key       = oci_dataintegration_workspace_application.nbjob.key
  name                  = "nightly"
  identifier            = "NIGHTLY"
  auth_mode             = "RESOURCE_PRINCIPAL"
  is_concurrent_allowed = false
  is_backfill_enabled   = false
  number_of_retries     = 0
  retry_delay           = 1
  retry_delay_unit      = "MINUTES"
  description           = "Every night."
  is_enabled            = true
  schedule_ref {
    model_type    = "SCHEDULE"
    key           = oci_dataintegration_workspace_application_schedule.nbjob.key
    name          = "nightly"
    identifier    = "NIGHTLY"
    object_status = 1
  }
  registry_metadata {
    aggregator_key = oci_dataintegration_workspace_application_patch.nbjob.patch_object_metadata[0].key
  }
}
