"""What every resource must hold, checked at preview, and each rule proven."""
