"""Microsoft's azure-functions-runtime, driven in this process: values in, values out."""
