# TrackPay from version to version: what holds for every companion.
use strict;
use warnings;

use Companion;

companion(
	'trackpay',
	versions => [qw(1.0.0 1.1.0 1.2.0 1.3.0 1.4.0 1.5.0 1.6.0 1.7.0)],
	rows => data_of('trackpay'));
