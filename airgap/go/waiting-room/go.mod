module tradewind/waiting-room

go 1.25.0
