module wecompush

go 1.19
